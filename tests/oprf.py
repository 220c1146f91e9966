"""What the tests of the oblivious function share: the official vectors, and a key in parts."""

import json
from pathlib import Path
from typing import Any

from keyserver.oprf import group, rfc9497, shares
from keyserver.oprf.group import Element, Scalar
from keyserver.oprf.rfc9497 import Mode
from keyserver.oprf.shares import Committee, Deal, KeyShare
from tests.fakes.dice import stream

FILE = Path(__file__).parent / "vectors" / "rfc9497_oprf_allVectors.json"
SUITES: dict[Mode, dict[str, Any]] = {
    Mode(suite["mode"]): suite
    for suite in json.loads(FILE.read_text("utf-8"))
    if suite["identifier"] == rfc9497.SUITE.decode() and suite["mode"] in set(Mode)
}
CASES = [(mode, vector) for mode, suite in SUITES.items() for vector in suite["vectors"]]


def derive_key_pair(seed: bytes, info: bytes, mode: Mode) -> tuple[Scalar, Element]:
    """RFC 9497, section 3.2.1, as far as the first attempt: the vectors' keys are made so."""
    framed = len(info).to_bytes(2, "big") + info
    dst = b"DeriveKeyPair" + rfc9497.context_string(mode)
    secret = group.hash_to_scalar(seed + framed + bytes(1), dst)
    return secret, group.multiply_base(secret)


def parts(vector: dict[str, Any], name: str) -> list[bytes]:
    return [bytes.fromhex(part) for part in vector[name].split(",")]


def key_of(held: list[KeyShare]) -> Scalar:
    """The joint key, which nobody should ever do outside of a test."""
    factors = shares.lagrange([share.server for share in held])
    total = group.ZERO
    for share in held:
        part = group.scalar_multiply(factors[share.server], share.secret)
        total = group.scalar_add(total, part)
    return total


def dealt(seed: int) -> tuple[Scalar, Committee, list[KeyShare]]:
    random = stream(seed)
    key = group.random_scalar(random)
    return key, *shares.split(key, 3, 2, random)


Deals = tuple[list[Deal], dict[int, dict[int, Scalar]]]


def deals_of(committee: Committee, dealers: list[int], root: int, seed: int) -> Deals:
    """The public deals, and server → dealer → secret part."""
    random, public = stream(seed), []
    parts: dict[int, dict[int, Scalar]] = {n: {} for n in committee.share_public_keys}
    for dealer in dealers:
        deal, given_ = shares.make_deal(committee, dealer, root, random)
        public.append(deal)
        for server, part in given_.items():
            parts[server][dealer] = part
    return public, parts


def refresh(
    committee: Committee, held: list[KeyShare], dealers: list[int], seed: int
) -> tuple[Committee, list[KeyShare]]:
    public, parts = deals_of(committee, dealers, shares.JOINT, seed)
    later = shares.refreshed_committee(committee, public)
    new = [shares.refreshed_share(committee, s, public, parts[s.server]) for s in held]
    return later, new
