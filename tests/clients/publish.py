#!/usr/bin/env python3
"""An independent MQTT publisher (Eclipse Paho): many devices, each with its own connection, each reading
published with QoS 1 again and again until its PUBACK came. Prints one line per acknowledged reading.

    publish.py HOST PORT DEVICES READINGS_EACH [USER PASSWORD]

Without USER each device signs in as itself (cuff-N, pw-cuff-N)."""
import sys
import threading
import time

import paho.mqtt.client as mqtt

HOST, PORT, DEVICES, EACH = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
USER = sys.argv[5:7]
OUT = threading.Lock()
ANSWER_S = 5.0
GIVE_UP_S = 240.0


def say(line):
    with OUT:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


class Device:
    def __init__(self, n):
        self.name = f"cuff-{n}"
        self.answered = threading.Event()
        self.client = None

    def connect(self):
        self.close()
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=self.name, clean_session=True)
        user, password = USER if USER else (self.name, f"pw-{self.name}")
        client.username_pw_set(user, password)
        up = threading.Event()
        client.on_connect = lambda c, u, f, code, p: up.set() if not code.is_failure else None
        client.on_publish = lambda c, u, mid, code, p: self.answered.set()
        try:
            client.connect(HOST, PORT, keepalive=30)
        except OSError:
            return False
        client.loop_start()
        self.client = client
        if up.wait(ANSWER_S):
            return True
        self.close()
        return False

    def close(self):
        if self.client is not None:
            self.client.loop_stop()
            self.client = None

    def run(self):
        end = time.monotonic() + GIVE_UP_S
        for seq in range(1, EACH + 1):
            body = f'{{"sys":131,"dia":82,"pulse":66,"seq":{seq}}}'
            while True:
                if time.monotonic() > end:
                    say(f"GAVE UP {self.name} {seq}")
                    return
                if self.client is None and not self.connect():
                    time.sleep(0.05)
                    continue
                self.answered.clear()
                self.client.publish(f"centres/c1/devices/{self.name}/bp", body, qos=1)
                if self.wait_for_answer():
                    break
                self.close()
            say(f"{self.name} {seq}")
        self.close()

    def wait_for_answer(self):
        """Waits for the PUBACK, but no longer than the connection stands."""
        end = time.monotonic() + ANSWER_S
        while time.monotonic() < end:
            if self.answered.wait(0.05):
                return True
            if not self.client.is_connected():
                return False
        return False


threads = [threading.Thread(target=Device(n).run) for n in range(DEVICES)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
