# Muster as one image: web and worker, nothing but what production needs.
#
#   docker build -t muster .
#   docker run --rm -p 3000:3000 --read-only --tmpfs /tmp -v muster-data:/data muster
#   docker run … muster start --role worker        any other command of the CLI works the same way

# `node .ci/pin-images.mjs` writes the digest behind each tag, before a release is built.
FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# No install scripts: what is needed comes prebuilt.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    MUSTER_DATA_DIR=/data
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY migrations migrations
COPY handlers handlers
COPY src src
# Pages to read, and what of them can run; mount your own over them.
COPY runbooks runbooks
# The embedded database; unused with DATABASE_URL. Everything else may be read-only.
RUN install --directory --owner=node --group=node /data
VOLUME /data
# A number, so that an orchestrator can see that it is not root.
USER 1000:1000
EXPOSE 3000
# Alive, not ready: a database that is away for a minute is no reason to restart Muster.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/health/live`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Without a shell in between, so that SIGTERM reaches node.
ENTRYPOINT ["node", "--max-semi-space-size=8", "--heap-growing-percent=40", "src/cli.ts"]
CMD ["start"]
