from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from bench.profile import parts, stages
from bench.profile.table import Profile, lines, markdown, section

KERNEL = "([kernel.kallsyms])"
LIBC = "(/usr/lib/x86_64-linux-gnu/libc.so.6)"
WRITTEN = f"""
\tffffffff82027016 tcp_write_xmit {KERNEL}
\tffffffff816b90ea ksys_write {KERNEL}
\tffffffff81000130 entry_SYSCALL_64_after_hwframe {KERNEL}
\t           f838f __GI___libc_write {LIBC}
"""
INTERRUPTED = f"""
\tffffffff82027016 tcp_v4_rcv {KERNEL}
\tffffffff82027017 asm_sysvec_apic_timer_interrupt {KERNEL}
\tffffffff816b90ea ksys_write {KERNEL}
"""


def sample(*frames: str) -> str:
    return "\n".join(f"\t    7fcb0000 {frame}" for frame in frames) + "\n\n"


@pytest.mark.parametrize(
    ("stack", "part"),
    [
        (WRITTEN, parts.WRITE),
        (INTERRUPTED, parts.KERNEL),
        (sample(f"tcp_recvmsg {KERNEL}", f"__x64_sys_recvfrom {KERNEL}"), parts.READ),
        (sample(f"tcp_sendmsg {KERNEL}", f"__x64_sys_sendto {KERNEL}"), parts.WRITE),
        (sample(f"fdget {KERNEL}", f"do_epoll_wait {KERNEL}"), parts.POLL),
        (sample(f"chacha {KERNEL}", f"__x64_sys_getrandom {KERNEL}"), parts.KERNEL),
        (sample(f"nft_do_chain ([nf_tables])", f"ksys_write {KERNEL}"), parts.WRITE),  # noqa: F541
        (sample(f"[unknown] {KERNEL}", f"read {LIBC}"), parts.KERNEL),
        (sample(f"[unknown] {KERNEL}", f"__GI___libc_write {LIBC}"), parts.WRITE),
        (sample("aesni_encrypt (/usr/lib/libcrypto.so.3)"), parts.TLS),
        (sample(f"__memmove_avx512_unaligned_erms {LIBC}"), parts.LIBC),
        (sample("__vdso_clock_gettime ([vdso])"), parts.LIBC),
        (sample("uv__io_poll (/v/site-packages/uvloop/loop.cpython-311.so)"), parts.LOOP),
        (sample("_PyEval_EvalFrameDefault (/lib/libpython3.11.so.1.0)"), parts.PYTHON),
        (sample("b2a_base64 (/lib-dynload/binascii.cpython-311-x86_64.so)"), parts.PYTHON),
        (sample("main (/usr/bin/python3.11)"), parts.PYTHON),
        (sample("process_stream (/usr/sbin/haproxy)"), parts.TUNNEL),
        (sample("operator() (x, y) (/opt/what.so)"), parts.UNKNOWN),
        (sample("[unknown] ([unknown])"), parts.UNKNOWN),
    ],
)
def test_a_sample_belongs_to_one_part(stack: str, part: str) -> None:
    assert parts.attributed(stack) == {part: 1}


def test_samples_stand_apart_by_an_empty_line() -> None:
    script = f"{WRITTEN}\n\n{WRITTEN}\n{sample('f (/usr/sbin/haproxy)')}\n \n"
    assert parts.attributed(script) == {parts.WRITE: 2, parts.TUNNEL: 1}
    assert parts.attributed("") == {}


def test_system_calls_are_counted() -> None:
    summary = """\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 51.43    0.037691          12      2996           write
 22.67    0.016614           5      2999        17 read
  8.37    0.006131           2        96           getrandom
------ ----------- ----------- --------- --------- ----------------
100.00    0.073279           6     11320        17 total
"""
    assert parts.calls(summary) == {"write": 2996, "read": 2999, "getrandom": 96}
    assert parts.calls("") == {}


BEGINNING = "_run_code (<frozen runpy>:88);main (gateway/__main__.py:53);uv_run (core.c:464)"
CALLED = f"{BEGINNING};UV.data_received (uvicorn/protocols/websockets/impl.py:199)"
TAKEN = f"{CALLED};Reader._take (actors/client_reader.py:105)"
SENT = f"{TAKEN};WebSocketLink.send_audio_now (gateway/gemini_link.py:60)"


@pytest.mark.parametrize(
    ("stack", "stage"),
    [
        (f"{CALLED};Protocol.parse (websockets/protocol.py:603)", stages.PHONE),
        (f"{CALLED};Taking.offer (gateway/websocket_protocol.py:50)", stages.PHONE),
        (TAKEN, stages.BOOKS),
        (f"{TAKEN};decode (schemas/client.py:80);convert (_core.c:120)", stages.CHECK),
        (f"{SENT};Frame.serialize (websockets/frames.py:376)", stages.LINK),
        (f"{SENT};encode_audio (schemas/gemini.py:234);b2a (binascii.c:576)", stages.ENCODE),
        (f"{SENT};SSLProtocol__do_write (loop.c:15);_ssl_read (_ssl.c.h:9)", stages.SECURE),
        (f"{SENT};write (gateway/tls_stream.py:90);write (_ssl.c:9)", stages.SECURE),
        (f"{BEGINNING};Handle__run (loop.c:70935);Py_DECREF (object.h:537)", stages.REST),
        ("task_wakeup", stages.REST),
    ],
)
def test_python_works_for_the_innermost_of_our_files(stack: str, stage: str) -> None:
    assert stages.attributed(f"{stack} 3\n{stack} 2\n") == {stage: 5}


@pytest.mark.parametrize(
    "line",
    [
        f"{SENT};write (libc.so.6) 5",
        f"{SENT};SSL_write (libssl.so.3) 5",
        f"{SENT};EVP_EncryptUpdate (libcrypto.so.3) 5",
        f"{CALLED};uv__read (stream.c:1063) 5",
        f"{CALLED};write (loop.c:149558) 5",
        "_worker (concurrent/futures/thread.py:81);PyThread_acquire_lock_timed (x.so);f (y.c:1) 5",
        "no count",
    ],
)
def test_what_perf_counts_elsewhere_and_whoever_waits_is_left_out(line: str) -> None:
    assert stages.attributed(line) == {}


def profile(title: str = "gateway", **parts_: Any) -> Profile:  # noqa: ANN401 - any attribute
    well: dict[str, Any] = {
        "cpu_us": [90.0, 100.0, 140.0],
        "parts": Counter({parts.WRITE: 30, parts.PYTHON: 60, parts.UNKNOWN: 10}),
        "stages": Counter({stages.PHONE: 3, stages.LINK: 1}),
        "calls": {"write": 200, "epoll_wait": 50, "epoll_ctl": 50, "futex": 10},
        "calls_chunks": 100,
    }
    return Profile(title, **well | parts_)


def test_time_is_divided_as_samples_are() -> None:
    found = profile()
    assert found.us_of_parts() == {parts.WRITE: 30.0, parts.PYTHON: 60.0, parts.UNKNOWN: 10.0}
    assert found.us_of_stages() == {stages.PHONE: 45.0, stages.LINK: 15.0}
    assert found.calls_a_chunk() == {"write": 2.0, "read": 0.0, "epoll": 1.0, "others": 0.1}


def test_the_table_has_a_line_for_each_part_that_somebody_has() -> None:
    tunnel = profile("tunnel", cpu_us=[40.0], parts=Counter({parts.TUNNEL: 1}), stages=Counter())
    assert lines([tunnel, profile()]) == [
        ["µs of CPU a chunk", "tunnel", "gateway"],
        [parts.WRITE, "", "30.0"],
        [parts.TUNNEL, "40.0", ""],
        [parts.PYTHON, "", "60.0"],
        [f"· {stages.PHONE}", "", "45.0"],
        [f"· {stages.LINK}", "", "15.0"],
        [parts.UNKNOWN, "", "10.0"],
        ["**together**", "**40.0**", "**100.0**"],
        ["system calls a chunk: write", "2.00", "2.00"],
        ["system calls a chunk: read", "0.00", "0.00"],
        ["system calls a chunk: epoll", "1.00", "1.00"],
        ["system calls a chunk: others", "0.10", "0.10"],
    ]


def test_the_document_tells_when_where_and_under_what_load() -> None:
    text = section("2026-11-25", "2 cores", "150 phones", [profile()])
    assert text.startswith("Measured on 2026-11-25, 150 phones: 2 cores.\n\n| µs of CPU a chunk |")
    assert markdown([profile()]).splitlines()[1] == "| --- | ---: |"
