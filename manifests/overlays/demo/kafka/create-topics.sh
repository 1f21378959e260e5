#!/bin/sh
# Creates the platform's topics, as often as it is called.
set -eu
export LOG_DIR=/tmp/logs
for topic in views comments flags uploads; do
  /opt/kafka/bin/kafka-topics.sh --bootstrap-server kafka:9092 --create --if-not-exists \
    --topic "gourmetgram.$topic" --partitions 3 --replication-factor 1
done
