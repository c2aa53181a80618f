# syntax=docker/dockerfile:1
# One image for worker, sink and roll-up. Production only: no chDB, no training, no test tools; kernels are compiled here, so that a
# worker that takes over a partition never waits for a compiler.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY requirements/base.lock requirements/build.lock requirements/
RUN python -m venv /opt/build && /opt/build/bin/pip install --require-hashes --no-deps -r requirements/build.lock \
 && python -m venv /opt/riskstream && /opt/riskstream/bin/pip install --require-hashes --no-deps -r requirements/base.lock
COPY pyproject.toml README.md LICENSE ./
COPY api api
COPY backfill backfill
COPY models models
COPY reports reports
COPY riskstream riskstream
COPY streams streams
RUN /opt/build/bin/python -m hatchling build -t wheel -d /tmp/wheel \
 && /opt/riskstream/bin/pip install --no-deps --no-index /tmp/wheel/*.whl \
 && /opt/riskstream/bin/pip uninstall --yes pip
# For any machine of this architecture, not only for the one that built the image.
ENV NUMBA_CPU_NAME=generic NUMBA_CPU_FEATURES="" NUMBA_CACHE_DIR=/var/cache/riskstream
WORKDIR /
RUN /opt/riskstream/bin/python -m streams.engine.warm

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="riskstream" org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --system --uid 10001 --home-dir /var/lib/riskstream --create-home --shell /usr/sbin/nologin riskstream
COPY --from=build /opt/riskstream /opt/riskstream
COPY --from=build --chown=riskstream:riskstream /var/cache/riskstream /var/cache/riskstream
COPY topics.yaml /etc/riskstream/topics.yaml
COPY risk_rules /etc/riskstream/risk_rules
COPY schemas /etc/riskstream/schemas
ENV PATH=/opt/riskstream/bin:$PATH \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONHASHSEED=0 \
    NUMBA_CPU_NAME=generic NUMBA_CPU_FEATURES="" NUMBA_CACHE_DIR=/var/cache/riskstream
USER 10001
WORKDIR /etc/riskstream
EXPOSE 8900
# Live, not ready: a worker that restores a partition must not be killed for it.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-m", "streams.agents.health", "http://127.0.0.1:8900/livez"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["riskstream"]
CMD ["worker"]
