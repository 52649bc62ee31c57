FROM registry.example.com/own/base:1
USER 1000:1000
CMD ["web"]
