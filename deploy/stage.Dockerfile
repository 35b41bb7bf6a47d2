# A stage with its model: the model server's image and one archive, for machines that share no folder with the one that
# built it. The context is the folder of the archives, and nothing else:
#   docker build -f deploy/stage.Dockerfile --build-arg STAGE=classifier -t cxr-cascade/classifier:1.4.0 build/model_store
ARG TORCHSERVE=cxr-cascade/torchserve:0.1.0
FROM ${TORCHSERVE}
ARG STAGE
# As in torchserve.Dockerfile: one time for all that this changes, /etc among it.
ARG SOURCE_DATE_EPOCH=315532800
USER 0:0
RUN --mount=target=/mnt install -D --mode=444 /mnt/${STAGE}.mar /srv/archives/${STAGE}.mar \
    && touch --date=@${SOURCE_DATE_EPOCH} /etc /srv /srv/archives /srv/archives/${STAGE}.mar
ENV TS_LOAD_MODELS=${STAGE}.mar
USER 10001:10001
