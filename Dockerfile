# syntax=docker/dockerfile:1
FROM python:3.13-slim-trixie AS build
WORKDIR /src
RUN python -m venv /opt/monitor
# --build-arg NOTIFY=yes adds what channels of kind apprise need.
ARG NOTIFY=
# --build-arg STORIES= leaves out the encoder that joins articles across languages (32 MB).
ARG STORIES=yes
# --build-arg SCALE=yes adds what many processes on PostgreSQL need (docs/scale.md).
ARG SCALE=
# --build-arg POSTGRES=yes adds what a database in PostgreSQL needs.
ARG POSTGRES=
COPY requirements.lock requirements-notify.lock requirements-stories.lock requirements-scale.lock requirements-postgres.lock pyproject.toml setup.py README.md LICENSE ./
RUN --mount=type=cache,target=/root/.cache/pip \
    /opt/monitor/bin/pip install --no-deps --require-hashes --only-binary :all: -r requirements.lock \
    ${NOTIFY:+-r requirements-notify.lock} ${STORIES:+-r requirements-stories.lock} \
    ${SCALE:+-r requirements-scale.lock -r requirements-postgres.lock} ${POSTGRES:+-r requirements-postgres.lock}
COPY monitor ./monitor
RUN /opt/monitor/bin/pip install --no-deps --no-build-isolation . \
    && /opt/monitor/bin/python -m pip uninstall --yes --quiet setuptools pip \
    && /opt/monitor/bin/python -m compileall -q /opt/monitor/lib

FROM python:3.13-slim-trixie
# The root file system may be read-only: everything that is written goes to the volume or /tmp.
# A new volume takes its owner from this directory: without it the volume is root's.
RUN useradd --system --uid 10001 --no-create-home --home-dir /data monitor \
    && install --directory --mode=0755 /data \
    && python -m pip uninstall --yes --quiet pip \
    && install --directory --mode=0700 --owner=monitor /data/var
COPY --from=build /opt/monitor /opt/monitor
COPY --chown=root:root config.yaml config.schema.json /etc/monitor/
COPY --chown=root:root seeds /data/seeds
ENV PATH=/opt/monitor/bin:$PATH \
    MONITOR_CONFIG=/etc/monitor/config.yaml \
    MONITOR_STORAGE__URL=sqlite:////data/var/monitor.db \
    XDG_CACHE_HOME=/data/var/cache \
    PYTHONUNBUFFERED=1
USER monitor
WORKDIR /data
VOLUME /data/var
HEALTHCHECK --interval=30s --timeout=15s --start-period=60s CMD ["monitor", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["monitor"]
CMD ["run"]
