# ragqa on a host with an NVIDIA GPU (driver for CUDA 13; an H100 with 80 GB holds Mixtral-8x22B in 4 bits).
# The generator's weights are no part of the image: mount them at /models. The database and indexes live in /data.
#
#   docker build -t ragqa .
#   docker run --gpus all -p 8000:8000 -v ragqa-data:/data -v /srv/models:/models:ro \
#       -e RAGQA_GENERATOR=transformers -e RAGQA_MODEL=/models/mixtral-8x22b-nf4 ragqa
FROM nvidia/cuda:13.0.2-runtime-ubuntu24.04

# Triton compiles its launchers with a C compiler and Python's headers when a kernel is first used.
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 python3-dev python3-venv gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*

RUN python3 -m venv /opt/ragqa
ENV PATH=/opt/ragqa/bin:$PATH PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

WORKDIR /app
COPY constraints.txt ./
# A layer of its own: the largest one, and the one that changes least.
RUN pip install -c constraints.txt torch

COPY pyproject.toml README.md LICENSE ./
COPY ragqa ./ragqa
RUN pip install -c constraints.txt '.[bundled,postgresql]'
COPY corpus ./corpus

RUN useradd --create-home --uid 10001 ragqa \
    && mkdir -p /data /models \
    && chown ragqa:ragqa /data
USER ragqa
ENV RAGQA_HOME=/data RAGQA_CORPUS_DIR=/app/corpus RAGQA_HOST=0.0.0.0 HF_HUB_OFFLINE=1
VOLUME ["/data", "/models"]
EXPOSE 8000

# Reading 70 GB of weights takes minutes from a slow disk; until then /readyz answers 503.
HEALTHCHECK --interval=30s --timeout=5s --start-period=15m --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["ragqa"]
CMD ["serve"]
