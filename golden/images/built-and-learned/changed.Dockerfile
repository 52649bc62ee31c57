FROM registry.example.com/own/base:1
USER 2000
CMD ["web"]
