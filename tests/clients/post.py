"""Posts readings from many sources at once, each again until it is answered 2xx. Standard library only.

    python3 post.py ADDRESS SOURCES POSTS_EACH

Source number n is `cuff-n` with the token `token-of-cuff-n-for-tests`. Prints one line per answered post
(`cuff-3 17`), at once, and what else was answered on standard error.
"""

import http.client
import json
import sys
import threading
import time

printing = threading.Lock()


def post_all(address, n, posts):
    name = f"cuff-{n}"
    headers = {
        "Authorization": f"Bearer token-of-{name}-for-tests",
        "Content-Type": "application/json",
    }
    line = None
    for seq in range(1, posts + 1):
        body = json.dumps({"sys": 131, "dia": 82, "pulse": 66, "seq": seq})
        while True:
            try:
                if line is None:
                    line = http.client.HTTPConnection(address, timeout=60)
                line.request("POST", f"/ingest/{name}", body, headers)
                answer = line.getresponse()
                said = answer.read()
            except (OSError, http.client.HTTPException):
                # The hub is away; a device waits before it dials again.
                if line is not None:
                    line.close()
                line = None
                time.sleep(0.02)
                continue
            if 200 <= answer.status < 300:
                break
            with printing:
                print(f"{name} {seq}: {answer.status} {said[:200]}", file=sys.stderr, flush=True)
            if answer.status < 500:
                return
            time.sleep(0.02)
        with printing:
            print(name, seq, flush=True)


def main():
    address, sources, posts = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    threads = [
        threading.Thread(target=post_all, args=(address, n, posts)) for n in range(sources)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


main()
