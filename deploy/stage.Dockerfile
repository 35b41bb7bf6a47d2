# A stage with its model: the model server's image and one archive, for machines that share no folder with the one that
# built it. The context is the folder of the archives, and nothing else:
#   docker build -f deploy/stage.Dockerfile --build-arg STAGE=classifier -t cxr-cascade/classifier:1.2.0 build/model_store
ARG TORCHSERVE=cxr-cascade/torchserve:0.1.0
FROM ${TORCHSERVE}
ARG STAGE
COPY --chmod=444 ${STAGE}.mar /srv/archives/
ENV TS_LOAD_MODELS=${STAGE}.mar
USER 10001:10001
