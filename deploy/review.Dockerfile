# The reading room: its own code with the built pages and the shared packages, no network and no torch.
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS packages
ARG PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_FIND_LINKS PIP_TRUSTED_HOST
# All files have this time, and pip compiles them by their contents: who builds a commit again gets the same layers
# (docs/deployment.md). If nobody says which time, it is the oldest that a wheel's files can have.
ARG SOURCE_DATE_EPOCH=315532800
WORKDIR /source
COPY pyproject.toml deploy/locked/review.txt ./
COPY services/cxr services/cxr
COPY services/vocabulary services/vocabulary
COPY services/auditing services/auditing
COPY services/imaging services/imaging
COPY services/certificates services/certificates
COPY services/client services/client
COPY services/results services/results
COPY services/databases services/databases
COPY services/doors services/doors
COPY services/erasure services/erasure
COPY services/review services/review
# Files that are not those of the hashes are refused; nothing is built but our own, and nothing fetched for that. What
# installs is not needed where it runs, and whoever breaks in must not find it.
# A new volume takes over the folder's owner.
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: --no-deps -r review.txt \
    && /opt/venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation --no-index . \
    && /opt/venv/bin/python -m pip uninstall --yes --quiet setuptools pip \
    && install -d -o 10001 -g 10001 -m 700 /image/srv/readings \
    && install -d /image/etc /image/opt \
    && mv /opt/venv /image/opt \
    && find /image -exec touch --no-dereference --date=@${SOURCE_DATE_EPOCH} {} +

FROM ${PYTHON}
# Not COPY, which gives the folders above what it copies the present time; and /etc, where RUN puts a resolv.conf if there is
# none, has its time from there, too.
RUN --mount=from=packages,source=/image,target=/mnt cp --archive /mnt/. /
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MPLCONFIGDIR=/tmp
USER 10001:10001
WORKDIR /tmp
EXPOSE 8100
ENTRYPOINT ["python", "-m", "review"]
CMD ["serve"]
