#!/bin/sh
# Renders the templates, where there are any and the folder lets it, and becomes the server.
set -e
templates=/etc/nginx/templates
rendered=/etc/nginx/conf.d
if [ "$1" = nginx ] && [ -d "$templates" ]; then
    if [ -w "$rendered" ]; then
        for template in "$templates"/*.template; do
            envsubst < "$template" > "$rendered/$(basename "$template" .template)"
        done
    else
        echo "templates exist, but $rendered is not writable" >&2
    fi
fi
exec "$@"
