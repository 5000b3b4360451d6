# syntax=docker/dockerfile:1.7
# A worker on processors: OpenVINO.
# The stages `dashboard` and `wheel` are the same in all three files, so that BuildKit builds the wheel once.
ARG NODE=node:22.12.0-bookworm-slim
ARG PYTHON=python:3.12.8-slim-bookworm

FROM ${NODE} AS dashboard
WORKDIR /build
COPY service/dashboard/package.json service/dashboard/package-lock.json service/dashboard/.npmrc ./
RUN npm ci --no-audit --no-fund --loglevel=error
COPY service/dashboard/ ./
RUN npm run --silent build

FROM ${PYTHON} AS wheel
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore SOURCE_DATE_EPOCH=1704067200
WORKDIR /build
COPY deploy/requirements/build.txt ./
RUN python3 -m pip install --require-hashes -r build.txt
COPY pyproject.toml README.md LICENSE ./
COPY crushwatch/ crushwatch/
COPY workers/ workers/
COPY service/ service/
COPY --from=dashboard /build/dist/ service/dashboard/dist/
RUN python3 -m pip wheel --no-deps --no-build-isolation --wheel-dir /wheel .

FROM ${PYTHON} AS installed
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
COPY deploy/requirements/worker-cpu.txt ./
RUN python3 -m venv --without-pip /opt/crushwatch \
 && python3 -m pip --python /opt/crushwatch/bin/python install --require-hashes -r worker-cpu.txt
COPY --from=wheel /wheel/ /wheel/
RUN python3 -m pip --python /opt/crushwatch/bin/python install --no-deps --no-index /wheel/*.whl

FROM ${PYTHON} AS worker-cpu
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="crushwatch worker-cpu" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/crushwatch/crushwatch"
ENV PATH=/opt/crushwatch/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CRUSHWATCH_LOG_FORMAT=json \
    CRUSHWATCH_METRICS_HOST=0.0.0.0 \
    CRUSHWATCH_METRICS_PORT=9101 \
    CRUSHWATCH_STATE_DIR=/var/lib/crushwatch/state \
    XDG_CACHE_HOME=/var/lib/crushwatch/cache
RUN groupadd --system --gid 10001 crushwatch \
 && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/crushwatch crushwatch \
 && install --directory --owner=10001 --group=10001 --mode=0750 /var/lib/crushwatch \
 && install --directory --owner=10001 --group=10001 --mode=0755 /run/secrets
COPY --from=installed /opt/crushwatch/ /opt/crushwatch/
USER 10001:10001
WORKDIR /var/lib/crushwatch
EXPOSE 9101
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python3", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9101/healthz', timeout=4)"]
ENTRYPOINT ["crushwatch"]
CMD ["worker", "/etc/crushwatch/site.yaml"]
