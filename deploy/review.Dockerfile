# The reading room: its own code and the shared packages, no network and no torch. Node builds its pages, and stays out.
ARG PYTHON=python:3.11-slim-bookworm
ARG NODE=node:24-bookworm-slim

FROM ${NODE} AS pages
WORKDIR /source/services/review/web
COPY services/review/web ./
RUN npm ci --no-audit --no-fund && node build.mjs

FROM ${PYTHON} AS packages
ARG PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_FIND_LINKS
WORKDIR /source
RUN python -m venv /opt/venv
COPY pyproject.toml deploy/constraints.txt ./
COPY services/cxr services/cxr
COPY services/results services/results
COPY services/review services/review
COPY --from=pages /source/services/review/static/built services/review/static/built
RUN /opt/venv/bin/pip install --no-cache-dir -c constraints.txt '.[review]'

FROM ${PYTHON}
COPY --from=packages /opt/venv /opt/venv
# A new volume takes over the folder's owner.
RUN install -d -o 10001 -g 10001 -m 700 /srv/readings
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MPLCONFIGDIR=/tmp
USER 10001:10001
WORKDIR /tmp
EXPOSE 8100
ENTRYPOINT ["python", "-m", "review"]
CMD ["serve"]
