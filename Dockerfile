# syntax=docker/dockerfile:1

# The production binary, figgosync (commands api, worker, settings, sandbox), in an
# image with nothing else but certificates. Compiling Microsoft's Graph models takes
# about 5 GB of memory, once: the caches below keep the result.

# By tag here; docker-compose.yml hands on what `make images-digests` pinned.
ARG BUILD_IMAGE=golang:1.26-bookworm
ARG BASE_IMAGE=gcr.io/distroless/static-debian12:nonroot

FROM --platform=$BUILDPLATFORM $BUILD_IMAGE AS build
WORKDIR /src
ENV CGO_ENABLED=0 GOTOOLCHAIN=local
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG TARGETOS TARGETARCH
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags='-s -w' -o /out/ ./cmd/figgosync ./deploy/healthcheck
RUN mkdir /keys

FROM $BASE_IMAGE
COPY --from=build /out/figgosync /out/healthcheck /usr/local/bin/
# A new named volume takes over the owner of the directory it is mounted on.
COPY --from=build --chown=65532:65532 --chmod=0700 /keys /var/lib/figgosync
USER 65532:65532
EXPOSE 8080 9464
ENTRYPOINT ["/usr/local/bin/figgosync"]
