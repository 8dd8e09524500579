# The push server alone. Build it with `docker build -t notify_push .`; see docs/how-to/docker.md.
FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
RUN python -m venv /opt/notify_push \
    && /opt/notify_push/bin/pip install --no-cache-dir '.[server]'

FROM python:3.12-slim
COPY --from=build /opt/notify_push /opt/notify_push
# www-data: the user that may read config.php in the official Nextcloud image.
USER 33:33
EXPOSE 7867
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["/opt/notify_push/bin/python", "-c", \
    "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ.get('PORT') or 7867}/health\", timeout=4)"]
ENTRYPOINT ["/opt/notify_push/bin/notify_push"]
