#!/bin/sh
# Formats the disk on the first start, then serves.
set -eu
export LOG_DIR=/tmp/logs
/opt/kafka/bin/kafka-storage.sh format --ignore-formatted --cluster-id=c3RvY2twb3QtZGVtbzAxMA \
  --config=/setup/server.properties
exec /opt/kafka/bin/kafka-server-start.sh /setup/server.properties
