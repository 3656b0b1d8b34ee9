import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SharesEnvelope } from './envelope.ts'
import { failsWith, isWiped, protectedBySample } from './samples.test.ts'
import { unwrapRootKey } from './sealing.ts'
import { digestOfShare, ShareCollector } from './share-collector.ts'
import { parseShare, renderShare } from './share-text.ts'
import { sharesProvider } from './shares-provider.ts'

/** Multiplication in GF(2^8) modulo x⁸ + x⁴ + x³ + x + 1, by shifting and reducing: the library has tables instead. */
function times(a: number, b: number): number {
  let product = 0
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ (product & 0x80 ? 0x11b : 0)
    if ((b >> bit) & 1) product ^= a
  }
  return product
}

const inverse = (a: number) =>
  Array.from({ length: 256 }, (_, b) => b).find(b => times(a, b) === 1) ?? assert.fail()

/** The value at 0 of the polynomial through the points of the shares (Lagrange), byte for byte. */
function combineByHand(shares: readonly Buffer[]): Buffer {
  const xs = shares.map(share => share[32] as number)
  const weights = xs.map((x, i) =>
    xs.reduce((weight, other, j) => (i === j ? weight : times(weight, times(other, inverse(x ^ other)))), 1),
  )
  return Buffer.from(
    Array.from({ length: 32 }, (_, at) =>
      shares.reduce((sum, share, i) => sum ^ times(share[at] as number, weights[i] as number), 0),
    ),
  )
}

/** All sets of `size` of the items. */
function setsOf<T>(items: readonly T[], size: number): T[][] {
  if (size === 0) return [[]]
  return items.flatMap((item, i) => setsOf(items.slice(i + 1), size - 1).map(others => [item, ...others]))
}

async function split(shares: number, threshold: number) {
  const provider = sharesProvider({ shares, threshold })
  const { envelope, shares: texts = [], bytes } = await protectedBySample(provider)
  return { provider, envelope: envelope as SharesEnvelope, texts, bytes }
}

/** Gives the texts to a collector, and what it has to the provider. */
function recover({ provider, envelope }: Awaited<ReturnType<typeof split>>, texts: readonly string[]) {
  const collector = new ShareCollector(envelope)
  for (const text of texts) collector.add(Buffer.from(text))
  return provider.recover(envelope, collector.take())
}

test('each quorum of the shares opens the root key, and by another implementation too', async () => {
  const made = await split(5, 3)
  for (const quorum of setsOf(made.texts, 3)) {
    assert.deepEqual(await recover(made, quorum), made.bytes)
    const wrappingKey = combineByHand(quorum.map(text => parseShare(Buffer.from(text)).bytes))
    assert.deepEqual(unwrapRootKey(wrappingKey, made.envelope), made.bytes)
  }
})

test('two shares of three needed open nothing, by hand too', async () => {
  const made = await split(5, 3)
  for (const pair of setsOf(made.texts, 2)) {
    await failsWith(recover(made, pair), 'TooFewShares', /^2 of 3 shares were given/)
    const wrong = combineByHand(pair.map(text => parseShare(Buffer.from(text)).bytes))
    assert.throws(() => unwrapRootKey(wrong, made.envelope), /tag does not match/)
  }
})

test('the smallest and the largest quorum work', async () => {
  for (const [shares, threshold] of [
    [2, 2],
    [255, 2],
    [255, 255],
  ] as const) {
    const made = await split(shares, threshold)
    assert.deepEqual(await recover(made, made.texts.slice(-threshold)), made.bytes)
  }
})

test('a number of shares that is no quorum is refused before anything is made', async () => {
  for (const [shares, threshold] of [
    [1, 1],
    [2, 1],
    [3, 4],
    [256, 3],
    [3, 2.5],
    [Number.NaN, 2],
  ] as const)
    await assert.rejects(split(shares, threshold), /cannot be split into .* 2 to 255 shares/)
})

test('a share is counted once, whatever is around its line, and its line is wiped', async () => {
  const { envelope, texts } = await split(5, 3)
  const [one = '', two = '', three = '', four = ''] = texts
  const collector = new ShareCollector(envelope)
  const line = Buffer.from(`  ${one}\r\n`)
  assert.deepEqual(collector.add(line), { have: 1, need: 3 })
  isWiped(line)
  await failsWith(() => collector.add(Buffer.from(one)), 'ShareTwice', /Share 1 was given already: 1 of 3/)
  assert.deepEqual(collector.add(Buffer.from(two)), { have: 2, need: 3 })
  assert.deepEqual(collector.add(Buffer.from(three)), { have: 3, need: 3 })
  assert.deepEqual(collector.add(Buffer.from(four)), { have: 3, need: 3 })
  collector.reset()
  assert.deepEqual(collector.count, { have: 0, need: 3 })
})

test('a share of a different quorum, and one whose bytes were changed, are refused and change nothing', async () => {
  const { envelope, texts, provider, bytes } = await split(3, 2)
  const [one = '', two = ''] = texts
  const collector = new ShareCollector(envelope)
  collector.add(Buffer.from(one))
  const foreign = (await split(3, 2)).texts[1] ?? ''
  const line = Buffer.from(foreign)
  await failsWith(() => collector.add(line), 'ForeignShare', new RegExp(envelope.quorum))
  isWiped(line)
  const share = parseShare(Buffer.from(two))
  for (let bit = 0; bit < share.bytes.length * 8; bit++) {
    const altered = Buffer.from(share.bytes)
    altered[bit >> 3] = (altered[bit >> 3] as number) ^ (1 << (bit & 7))
    const text = renderShare({ ...share, bytes: altered })
    await failsWith(() => collector.add(Buffer.from(text)), 'WrongShare', /^Share 2 is not one/)
  }
  assert.deepEqual(collector.add(Buffer.from(two)), { have: 2, need: 2 })
  assert.deepEqual(await provider.recover(envelope, collector.take()), bytes)
})

test('a typing error in any place of a share is found', async () => {
  const { envelope, texts } = await split(3, 2)
  const text = texts[0] ?? ''
  const collector = new ShareCollector(envelope)
  const refused = (line: string) => failsWith(() => collector.add(Buffer.from(line)), 'UnreadableShare')
  for (let at = 0; at < text.length; at++) {
    await refused(text.slice(0, at) + (text[at] === 'b' ? 'c' : 'b') + text.slice(at + 1))
    await refused(text.slice(0, at) + text.slice(at + 1))
    await refused(`${text.slice(0, at)}b${text.slice(at)}`)
  }
  for (const line of ['', '\n', 'keyward-share-v1:', `${text}${text}`, 'x'.repeat(100_000)])
    await refused(line)
  assert.deepEqual(collector.count, { have: 0, need: 2 })
})

test('a provider combines no shares that a collector did not take', async () => {
  const { provider, envelope, texts } = await split(3, 2)
  const bytesOf = (index: number) => parseShare(Buffer.from(texts[index] ?? '')).bytes
  await failsWith(provider.recover(envelope, {}), 'NothingGiven')
  await failsWith(provider.recover(envelope, { shares: [bytesOf(0), bytesOf(0)] }), 'ShareTwice')
  await failsWith(provider.recover(envelope, { shares: [bytesOf(0), Buffer.alloc(33, 1)] }), 'WrongShare')
  const shares = [bytesOf(0), bytesOf(1)]
  await provider.recover(envelope, { shares })
  shares.forEach(isWiped)
})

test('a record that has the digests of two shares at one place does not open', async () => {
  const { provider, envelope, texts } = await split(3, 2)
  const bytesOf = () => parseShare(Buffer.from(texts[0] ?? '')).bytes
  const twin = bytesOf()
  twin[0] = (twin[0] as number) ^ 1
  const digests = [digestOfShare(envelope.quorum, twin), ...envelope.digests.slice(0, 2)]
  await failsWith(
    provider.recover({ ...envelope, digests }, { shares: [bytesOf(), twin] }),
    'WrongRootKey',
    /record of the root key in the database was changed/,
  )
})

test('a record in which one member was changed does not open', async () => {
  const made = await split(3, 2)
  const { envelope } = made
  const rootKeyId = envelope.rootKeyId.replace(/^./, digit => (digit === '0' ? '1' : '0'))
  const digests = [...envelope.digests.slice(0, 2), Buffer.alloc(32).toString('base64')]
  for (const change of [{ total: 4 }, { rootKeyId }, { digests }])
    await failsWith(
      recover({ ...made, envelope: { ...envelope, ...change } }, made.texts.slice(0, 2)),
      'WrongRootKey',
      /record of the root key in the database was changed/,
    )
})
