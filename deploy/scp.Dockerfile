# The listener: its own code and the shared packages, no network and no torch.
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS packages
ARG PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_FIND_LINKS PIP_TRUSTED_HOST
WORKDIR /source
RUN python -m venv /opt/venv
COPY pyproject.toml deploy/locked/scp.txt ./
COPY services/cxr services/cxr
COPY services/vocabulary services/vocabulary
COPY services/auditing services/auditing
COPY services/imaging services/imaging
COPY services/client services/client
COPY services/results services/results
COPY services/databases services/databases
COPY services/doors services/doors
COPY services/erasure services/erasure
COPY services/scp services/scp
# Files that are not those of the hashes are refused; nothing is built but our own, and nothing fetched for that. What
# installs is not needed where it runs, and whoever breaks in must not find it.
RUN /opt/venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: --no-deps -r scp.txt \
    && /opt/venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation --no-index . \
    && /opt/venv/bin/python -m pip uninstall --yes --quiet setuptools pip

FROM ${PYTHON}
COPY --from=packages /opt/venv /opt/venv
# A new volume takes over the folder's owner.
RUN install -d -o 10001 -g 10001 -m 700 /srv/films
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /tmp
EXPOSE 11112 8112
ENTRYPOINT ["python", "-m", "scp"]
CMD ["serve"]
