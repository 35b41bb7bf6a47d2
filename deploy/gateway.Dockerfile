# The gateway: its own code and the shared package, no network and no torch.
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS packages
ARG PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_FIND_LINKS PIP_TRUSTED_HOST
WORKDIR /source
RUN python -m venv /opt/venv
COPY pyproject.toml deploy/locked/gateway.txt ./
COPY services/cxr services/cxr
COPY services/vocabulary services/vocabulary
COPY services/auditing services/auditing
COPY services/imaging services/imaging
COPY services/results services/results
COPY services/client services/client
COPY services/doors services/doors
COPY services/certificates services/certificates
COPY services/gateway services/gateway
# Files that are not those of the hashes are refused; nothing is built but our own, and nothing fetched for that. What
# installs is not needed where it runs, and whoever breaks in must not find it.
RUN /opt/venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: --no-deps -r gateway.txt \
    && /opt/venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation --no-index . \
    && /opt/venv/bin/python -m pip uninstall --yes --quiet setuptools pip

FROM ${PYTHON}
COPY --from=packages /opt/venv /opt/venv
# A new volume takes over the folder's owner.
RUN install -d -o 10001 -g 10001 -m 700 /srv/audit
# What the training films were like.
COPY --chmod=444 model_store/reference.json /srv/reference.json
# [[[cog each_reference("COPY --chmod=444 model_store/@stage@/reference.json /srv/references/@stage@.json") ]]]
COPY --chmod=444 model_store/bone-age/reference.json /srv/references/bone-age.json
# [[[end]]]
# [[[cog cog.outl('ENV CXR_PROBLEM_REFERENCES="' + " ".join(for_each_reference("@stage@=/srv/references/@stage@.json").split()) + '"') ]]]
ENV CXR_PROBLEM_REFERENCES="bone-age=/srv/references/bone-age.json"
# [[[end]]]
ENV PATH=/opt/venv/bin:$PATH \
    CXR_REFERENCE=/srv/reference.json \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /tmp
EXPOSE 8000
ENTRYPOINT ["python", "-m", "gateway"]
