// Checks tokens.mjs against the published vectors, without a network.
//
//   node vectors.mjs ../../events/vectors/tokens.json
//
// Says how many tokens agree; exit code 1 and the difference if one does not.

import assert from "node:assert/strict";
import { createPrivateKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { ristretto255, ristretto255_oprf as suite } from "@noble/curves/ed25519.js";
import { factors, sharePublicKey, tokenInput } from "./tokens.mjs";

const { Point } = ristretto255;
const bytes = (text) => Uint8Array.from(Buffer.from(text, "hex"));
const hex = (data) => Buffer.from(data).toString("hex");
const vectors = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { epoch, commitments } = vectors.committee;

for (const [server, expected] of Object.entries(vectors.share_public_keys)) {
  assert.equal(sharePublicKey(commitments, Number(server)).toHex(), expected, `server ${server}`);
}

for (const pair of [[1, 2], [1, 3], [2, 3]]) {
  const weights = factors(pair);
  for (const { type, number, token } of vectors.tokens) {
    const input = tokenInput(epoch, type, number);
    const { blind, blinded } = suite.voprf.blind(input);
    let joint = Point.ZERO;
    for (const server of pair) {
      const share = bytes(vectors.shares[server]);
      const key = bytes(vectors.share_public_keys[server]);
      const { evaluated, proof } = suite.voprf.blindEvaluate(share, key, blinded);
      suite.voprf.finalize(input, blind, evaluated, blinded, key, proof); // throws for a bad proof
      joint = joint.add(Point.fromBytes(evaluated).multiply(weights.get(server)));
    }
    const output = suite.oprf.finalize(input, blind, joint.toBytes());
    assert.equal(hex(output.slice(0, 16)), token, `${type} with servers ${pair}`);
  }
}

const { server, org, request, time, body, private_key, signature } = vectors.request;
const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), bytes(private_key)]);
const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
const text = `tekil-evaluate-v1\n${server}\n${org}\n${request}\n${time}\n${body}`;
assert.equal(hex(sign(null, Buffer.from(text), key)), signature, "a request's signature");

console.log(`${vectors.tokens.length} tokens agree, with each pair of servers`);
