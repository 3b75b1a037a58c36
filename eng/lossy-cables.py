#!/usr/bin/env python3
"""Network cables that delay and lose what goes out by them, for kernels without netem (as root).

`eng/lossy-cables.py --delay 5 --jitter 2 --loss 1 4711 vtveth1:vtinner1 vtveth2:vtinner2` makes two cables, each of two devices (TAP),
and carries Ethernet frames between their ends: what goes in by the inner end comes out of the outer one 3 to 7 ms later, and one frame of a
hundred does not come; the other way nothing is done to it. As with netem, a frame that is delayed less overtakes others. The same --seed
gives the first, second, ... frame the same fate. It ends, and its devices with it, when it is terminated, when the process 4711 has ended,
and after --seconds; the last line counts what was carried.
"""
import argparse
import fcntl
import heapq
import os
import random
import selectors
import signal
import struct
import sys
import time

SET_DEVICE = 0x400454CA  # TUNSETIFF
ETHERNET_ALONE = 0x0002 | 0x1000  # IFF_TAP and IFF_NO_PI: frames as they are, with nothing before them
LONGEST_FRAME = 65536
# Frames that one end may have waiting: more than its peers' windows hold.
MOST_WAITING = 50_000
LOOK_AROUND = 0.5  # seconds


def device(name):
    """The file whose reads are the frames that the system sends to a new device of this name, and whose writes are received by it."""
    file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(file, SET_DEVICE, struct.pack("16sH22x", name.encode(), ETHERNET_ALONE))
    return file


def write(file, frame):
    try:
        os.write(file, frame)
        return True
    except OSError:  # the device is down, or in a namespace that has just ended
        return False


def carry(arguments, cables, ended):
    draws = random.Random(arguments.seed)
    waiting = selectors.DefaultSelector()
    for inner, outer in cables:
        waiting.register(inner, selectors.EVENT_READ, (outer, True))
        waiting.register(outer, selectors.EVENT_READ, (inner, False))
    late = []  # when it is due, a number that keeps those of one moment in order, to whom, the frame
    counts = {"carried": 0, "lost": 0, "overflowed": 0}
    last = time.monotonic() + arguments.seconds
    watched = 0.0
    while not ended and (now := time.monotonic()) < last:
        if now > watched:
            if not os.path.exists(f"/proc/{arguments.process}"):
                break
            watched = now + LOOK_AROUND
        while late and late[0][0] <= now:
            _, _, file, frame = heapq.heappop(late)
            write(file, frame)
        for key, _ in waiting.select(max(0.0, min(LOOK_AROUND, late[0][0] - now)) if late else LOOK_AROUND):
            to, outwards = key.data
            try:
                frame = os.read(key.fd, LONGEST_FRAME)
            except OSError:  # nothing there after all, or down
                continue
            if not outwards:
                write(to, frame)
                continue
            lost = draws.random() < arguments.loss / 100
            delay = draws.uniform(arguments.delay - arguments.jitter, arguments.delay + arguments.jitter) / 1000
            if lost:
                counts["lost"] += 1
            elif len(late) >= MOST_WAITING:
                counts["overflowed"] += 1
            else:
                counts["carried"] += 1
                heapq.heappush(late, (time.monotonic() + max(0.0, delay), counts["carried"], to, frame))
    return counts


def main():
    parser = argparse.ArgumentParser(description="Cables with delay and loss.")
    parser.add_argument("--delay", type=float, default=0, help="milliseconds")
    parser.add_argument("--jitter", type=float, default=0, help="milliseconds, more or less")
    parser.add_argument("--loss", type=float, default=0, help="per cent")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3600, help="after which it ends in any case")
    parser.add_argument("process", type=int, help="the process with which it ends")
    parser.add_argument("cables", nargs="+", help="outer:inner, the names of a cable's devices")
    arguments = parser.parse_args()
    ended = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    cables = [tuple(device(name) for name in reversed(cable.split(":"))) for cable in arguments.cables]
    counts = carry(arguments, cables, ended)
    print(f"carried {counts['carried']}, lost {counts['lost']}, overflowed {counts['overflowed']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
