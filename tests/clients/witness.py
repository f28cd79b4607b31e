#!/usr/bin/env python3
"""An independent subscriber (Eclipse Paho) with a persistent session: writes down everything the broker
delivers, so that what the broker loses can be told apart from what the hub loses.

    witness.py HOST PORT USER PASSWORD        prints READY, then one payload per line: TOPIC PAYLOAD"""
import sys

import paho.mqtt.client as mqtt

HOST, PORT, USER, PASSWORD = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="witness", clean_session=False)
client.username_pw_set(USER, PASSWORD)
client.reconnect_delay_set(min_delay=1, max_delay=1)
client.on_connect = lambda c, u, f, code, p: c.subscribe("centres/#", qos=1)
client.on_subscribe = lambda c, u, mid, codes, p: say("READY")
client.on_message = lambda c, u, m: say(f"{m.topic} {m.payload.decode()}")
client.connect(HOST, PORT, keepalive=30)
client.loop_forever(retry_first_connection=True)
