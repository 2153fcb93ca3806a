# The operator's image:  docker build -t leadline/leadline:0.1.0 .
ARG BASE_IMAGE=python:3.12-slim

# What the package needs, in a layer that changes only with its lock. Left out: tests, and the second client of the
# kubernetes package, 64 MB of models of which nothing here knows.
FROM ${BASE_IMAGE} AS dependencies
ENV PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_PYTHON=/opt/leadline/bin/python
RUN python3 -m venv --without-pip /opt/leadline
WORKDIR /src
COPY requirements/run.lock .
RUN python3 -m pip install --require-hashes --requirement run.lock \
 && find /opt/leadline -type d \( -name tests -o -path '*/kubernetes/aio' \) -prune -exec rm -rf {} +

FROM dependencies AS package
COPY pyproject.toml README.md LICENSE ./
COPY operator operator
RUN python3 -m pip install --no-deps --no-build-isolation --root /package .

FROM ${BASE_IMAGE}
COPY --from=dependencies /opt/leadline /opt/leadline
COPY --from=package /package/opt/leadline /opt/leadline
ENV PATH=/opt/leadline/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# A number, so that Kubernetes can tell that it is not root (runAsNonRoot), and any other number will do as well: it has
# no home to write to.
ENV HOME=/tmp
USER 65532:65532
ENTRYPOINT ["python", "-m", "leadline.controller.main"]
