// Tokens from Tekil's key servers, in JavaScript: a partner's own code, independent of Tekil's.
//
//   node tokens.mjs CONFIG.json < identifiers.json > tokens.json
//
// CONFIG.json: {"org", "key" (a PEM file, Ed25519), "epoch", "public_key" (64 hex, pinned), "servers": [url, …]}
// and, if a whole answer may take other than 15 seconds, "answer_seconds".
// identifiers.json: [["tr.tckimlik", "10000000146"], …], canonical as docs/CANONICAL.md says.
// tokens.json: 32 hex digits for each, in the same order.
//
// The protocol is described in docs/TOKENS.md. RFC 9497 comes from @noble/curves; what is written
// here is the wire, the check that shares belong to the pinned key, and two answers put together.
// It asks two servers and turns to the third when one does not answer in time or lies; who did so is
// asked no more in this run, but for one that is asked too fast. It keeps no cache, and asks for
// no smaller batch when a quota says that it has less left.

import { createPrivateKey, createPublicKey, randomUUID, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { ristretto255, ristretto255_oprf as suite } from "@noble/curves/ed25519.js";

const { Point } = ristretto255;
const Scalars = Point.Fn;
const BATCH = 500;
const ANSWER_SECONDS = 15;
const MAX_ANSWER_BYTES = 512 * 1024;
const [MAX_SERVERS, MAX_HELD] = [16, 8]; // of a committee; generations of an epoch at a server
const TOKEN_BYTES = 16;

const hex = (bytes) => Buffer.from(bytes).toString("hex");
const bytes = (text) => Uint8Array.from(Buffer.from(text, "hex"));

/** What was wrong, in words. */
function why({ message, cause }) {
  return cause ? `${message} (${cause.code ?? cause.message})` : message;
}

/** The function's input for a typed, canonical number. */
export function tokenInput(epoch, type, number) {
  return new TextEncoder().encode(`tekil-token-v1\n${epoch}\n${type}\n${number}`);
}

/** What Feldman's commitments say of the public key of a server's share. */
export function sharePublicKey(commitments, server) {
  let [power, sum] = [1n, Point.ZERO];
  for (const commitment of commitments) {
    sum = sum.add(Point.fromHex(commitment).multiply(power));
    power = Scalars.mul(power, BigInt(server));
  }
  return sum;
}

/** Server → the factor of its answer in the answer of the joint key (Lagrange, at 0). */
export function factors(servers) {
  const factor = (own) =>
    servers
      .filter((other) => other !== own)
      .map((other) => Scalars.div(BigInt(other), Scalars.create(BigInt(other) - BigInt(own))))
      .reduce((a, b) => Scalars.mul(a, b), 1n);
  return new Map(servers.map((server) => [server, factor(server)]));
}

/** A server's JSON. Throws if it refuses, and if its whole answer is late or far too long. */
async function exchange(config, url, request = {}) {
  const signal = AbortSignal.timeout(1000 * (config.answer_seconds ?? ANSWER_SECONDS));
  const answer = await fetch(url, { ...request, signal, redirect: "error" });
  const parts = [];
  let size = 0;
  for await (const part of answer.body) {
    size += part.length;
    if (size > MAX_ANSWER_BYTES) throw new Error("its answer is far too long");
    parts.push(part);
  }
  const said = JSON.parse(Buffer.concat(parts).toString());
  if (answer.ok) return said;
  const code = /^[a-z-]{1,20}$/.test(said.error) ? said.error : answer.status; // not its own words
  throw Object.assign(new Error(`it refuses (${code})`), { refusal: code });
}

/** Whether it is a committee of several servers, this one among them. */
function isCommittee({ generation, servers, commitments }, server) {
  const needed = commitments.length; // one alone is not what `threshold` promises
  return (
    [generation, servers, server].every((one) => Number.isSafeInteger(one) && one >= 0) &&
    needed >= 2 && needed <= servers && servers <= MAX_SERVERS && server >= 1 && server <= servers
  );
}

/** What a server says that it is and holds. Throws if it is to be left out. */
async function held(config, url) {
  const { epoch, public_key: publicKey } = config;
  const { server, held: all } = await exchange(config, `${url}/v1/epochs`);
  const mine = all.filter((one) => one.epoch === epoch);
  if (mine.some((one) => one.commitments[0] !== publicKey)) {
    throw new Error(`it holds another key for ${epoch} than the pinned one`);
  }
  if (mine.length > MAX_HELD || !mine.every((one) => isCommittee(one, server))) {
    throw new Error(`what it announces for ${epoch} is no committee of its`);
  }
  return { url, server, mine };
}

const numbers = (members) => new Set(members.map((one) => one.server)).size;

/** Each generation that enough servers hold, the newest first, and who they are. */
export function committees(found) {
  const groups = new Map();
  for (const { url, server, mine } of found) {
    for (const { generation, servers, commitments } of mine) {
      const name = JSON.stringify([generation, servers, commitments]);
      const group = groups.get(name) ?? { generation, commitments, members: [] };
      group.members.push({ url, server });
      groups.set(name, group);
    }
  }
  const enough = [...groups.values()].filter((g) => numbers(g.members) >= g.commitments.length);
  return enough.sort((a, b) => b.generation - a.generation);
}

async function ask(config, committee, { url, server }, blinded) {
  const body = JSON.stringify({
    epoch: config.epoch,
    generation: committee.generation,
    blinded_elements: blinded.map(hex),
  });
  const [request, time] = [randomUUID(), String(Math.floor(Date.now() / 1000))];
  const head = `tekil-evaluate-v1\n${server}\n${config.org}\n${request}\n${time}\n`;
  return exchange(config, `${url}/v1/evaluate`, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "tekil-org": config.org,
      "tekil-key": config.publicKey,
      "tekil-time": time,
      "tekil-request": request,
      "tekil-sig": sign(null, Buffer.from(head + body), config.privateKey).toString("hex"),
    },
  });
}

/** A connection that lay idle while points were computed may be closed: once more, on a new one. */
function askedTwice(...what) {
  return ask(...what).catch((error) => {
    if (error instanceof TypeError) return ask(...what); // fetch's own: no answer came
    throw error;
  });
}

/** The evaluated points of one server. Throws unless its proof holds under its share's key. */
function checked(committee, server, inputs, blinds, blinded, said) {
  const evaluated = said.evaluated_elements.map(bytes);
  if (said.generation !== committee.generation || evaluated.length !== inputs.length) {
    throw new Error("an answer to something else");
  }
  const items = inputs.map((input, i) => ({
    input,
    blind: blinds[i],
    evaluated: evaluated[i],
    blinded: blinded[i],
  }));
  const key = sharePublicKey(committee.commitments, server).toBytes();
  suite.voprf.finalizeBatch(items, key, bytes(said.proof)); // throws; the output is the share's alone
  return evaluated.map((one) => Point.fromBytes(one));
}

/** Server → its points, of as many servers as are needed; nothing if the committee has too few. */
async function answers(run, committee, inputs, blinds, blinded) {
  const [good, needed] = [new Map(), committee.commitments.length];
  const members = committee.members.filter((one) => !run.out.has(one.url));
  if (numbers(members) < needed) return undefined; // before a quota is used for nothing
  for (const one of members) {
    if (good.size === needed) break;
    if (good.has(one.server)) continue; // two that say one number are one
    try {
      const said = await askedTwice(run.config, committee, one, blinded);
      good.set(one.server, checked(committee, one.server, inputs, blinds, blinded, said));
    } catch (error) {
      console.error(`key server ${one.server} (${one.url}): ${why(error)}`); // and the next one is asked
      if (error.refusal !== "rate") run.out.add(one.url);
    }
  }
  return good.size === needed ? good : undefined;
}

async function batch(run, inputs) {
  const made = inputs.map((input) => suite.voprf.blind(input));
  const [blinds, blinded] = [made.map((one) => one.blind), made.map((one) => one.blinded)];
  for (const committee of run.committees) {
    const good = await answers(run, committee, inputs, blinds, blinded);
    if (!good) continue; // the newest may be made up
    const weights = factors([...good.keys()]);
    return inputs.map((input, i) => {
      let joint = Point.ZERO;
      for (const [server, points] of good) joint = joint.add(points[i].multiply(weights.get(server)));
      return suite.oprf.finalize(input, blinds[i], joint.toBytes());
    });
  }
  throw new Error("too few good answers");
}

/** 32 hex digits for each [type, canonical number], in the same order. */
export async function tokens(config, identifiers) {
  const urls = [...new Set(config.servers)];
  const asked = await Promise.allSettled(urls.map((url) => held(config, url)));
  asked.forEach(({ reason }, i) => reason && console.error(`key server ${urls[i]}: ${why(reason)}`));
  const found = asked.filter((one) => one.value).map((one) => one.value);
  const run = { config, committees: committees(found), out: new Set() };
  if (!run.committees.length) throw new Error("too few key servers hold this epoch");
  const made = [];
  for (let start = 0; start < identifiers.length; start += BATCH) {
    const inputs = identifiers
      .slice(start, start + BATCH)
      .map(([type, number]) => tokenInput(config.epoch, type, number));
    for (const output of await batch(run, inputs)) made.push(hex(output.slice(0, TOKEN_BYTES)));
  }
  return made;
}

/** The configuration with its key read. */
export function configured(file) {
  const config = JSON.parse(readFileSync(file, "utf8"));
  const privateKey = createPrivateKey(readFileSync(config.key));
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  return { ...config, privateKey, publicKey: hex(spki.subarray(-32)) };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const identifiers = JSON.parse(readFileSync(0, "utf8"));
  console.log(JSON.stringify(await tokens(configured(process.argv[2]), identifiers)));
}
