# Two stages: a static binary, then nothing but that binary, certificates and
# time zones (inside the binary), as a user without rights.
#
#   docker build -t earshot .
#   docker run --read-only -v earshot:/data -v ./earshot.yaml:/etc/earshot.yaml:ro \
#     --env-file .env -p 127.0.0.1:8765:8765 earshot run --config /etc/earshot.yaml
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=1 go build -trimpath -tags 'sqlite_fts5 osusergo netgo sqlite_omit_load_extension' \
    -ldflags "-s -w -linkmode external -extldflags -static -X main.version=${VERSION}" \
    -o /out/earshot ./cmd/earshot \
 && install -d -o 65532 -g 65532 -m 0700 /out/data /out/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/earshot /earshot
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build --chown=65532:65532 /out/tmp /tmp
USER 65532:65532
WORKDIR /data
VOLUME /data
ENV SQLITE_TMPDIR=/data
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["/earshot", "check", "--live", "--config", "/etc/earshot.yaml"]
ENTRYPOINT ["/earshot"]
CMD ["run", "--config", "/etc/earshot.yaml"]
