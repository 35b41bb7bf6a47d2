# The gateway: its own code and the shared package, no network and no torch.
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS packages
ARG PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_FIND_LINKS
WORKDIR /source
RUN python -m venv /opt/venv
COPY pyproject.toml deploy/constraints.txt ./
COPY services/cxr services/cxr
COPY services/vocabulary services/vocabulary
COPY services/imaging services/imaging
COPY services/results services/results
COPY services/client services/client
COPY services/doors services/doors
COPY services/certificates services/certificates
COPY services/gateway services/gateway
RUN /opt/venv/bin/pip install --no-cache-dir -c constraints.txt '.[gateway]'

FROM ${PYTHON}
COPY --from=packages /opt/venv /opt/venv
# What the training films were like.
COPY model_store/reference.json /srv/reference.json
ENV PATH=/opt/venv/bin:$PATH \
    CXR_REFERENCE=/srv/reference.json \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /tmp
EXPOSE 8000
ENTRYPOINT ["python", "-m", "gateway"]
