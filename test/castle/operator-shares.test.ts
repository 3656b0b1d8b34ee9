import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { backUp, makeVault } from '../fixtures/castle/backups.ts'
import {
  command,
  operate,
  sharesIn,
  shellCommand,
  statusOf,
  type Typing,
  typeAtTerminal,
  whyNoTerminal,
} from '../fixtures/castle/operator-command.ts'
import { callSigned } from '../fixtures/clients.ts'
import {
  type KeywardProcess,
  readAuditRecords,
  runKeyward,
  started,
  temporaryDirectory,
} from '../fixtures/keyward-process.ts'

async function start(t: TestContext, dataDirectory = temporaryDirectory()): Promise<KeywardProcess> {
  return await started(t, { dataDirectory, flags: ['--root-key', 'shares:'] })
}

interface SharedServer {
  readonly keyward: KeywardProcess
  readonly shares: readonly string[]
}

/** A server whose root key has shares, opened with them. */
async function openServer(t: TestContext, shares = 3, threshold = 2): Promise<SharedServer> {
  const keyward = await start(t)
  const made = (await command(keyward, 'init', { shares, threshold })) as { shares: string[] }
  await give(keyward, made.shares.slice(0, threshold))
  return { keyward, shares: made.shares }
}

async function give(keyward: KeywardProcess, shares: readonly string[]): Promise<void> {
  for (const share of shares) await command(keyward, 'unseal', {}, [share])
}

async function restart(t: TestContext, { dataDirectory, kill }: KeywardProcess): Promise<KeywardProcess> {
  await kill()
  return await start(t, dataDirectory)
}

test('init prints the shares once, and each operator gives one', async t => {
  const keyward = await start(t)
  const { dataDirectory } = keyward
  const made = await operate(dataDirectory, 'init --shares 3 --threshold 2')
  const [one = '', two = '', three = '', ...others] = sharesIn(made.stdout)
  assert.deepEqual([made.code, made.stderr, others], [0, '', []])
  assert.match(made.stdout, /2 of which open it/)
  assert.equal((await statusOf(keyward)).state, 'sealed')
  const first = await operate(dataDirectory, 'unseal', [three])
  assert.deepEqual([first.code, first.stdout], [0, 'The server is sealed. It has 1 of 2 shares.\n'])
  const twice = await operate(dataDirectory, 'unseal', [three])
  assert.deepEqual([twice.code, twice.stderr], [1, 'keyward: Share 3 was given already: 1 of 2 shares.\n'])
  await assert.rejects(command(keyward, 'unseal', {}, [one.replace(/.$/, '!')]), { code: 'UnreadableShare' })
  assert.deepEqual((await statusOf(keyward)).shares, { have: 1, need: 2 })
  const reset = await operate(dataDirectory, 'unseal --reset')
  assert.equal(reset.stdout, 'The server is sealed. It has 0 of 2 shares.\n')
  await give(keyward, [two])
  // All lines are read, and the share that the server has already holds up nothing.
  const opened = await operate(dataDirectory, 'unseal', [two, '', one])
  assert.deepEqual([opened.code, opened.stdout], [0, 'The server is open.\n'])
  assert.equal((await callSigned(keyward, 'ListKeys', '{}')).status, 200)
})

test('init may be repeated until the first unsealing, so that shares that nobody read lose nothing', async t => {
  const first = await start(t)
  const lost = (await command(first, 'init', { shares: 3, threshold: 2 })) as { shares: string[] }
  const keyward = await restart(t, first)
  await assert.rejects(
    command(keyward, 'init', { shares: 3, threshold: 2 }),
    /To make a different one, use --force/,
  )
  const args = { shares: 2, threshold: 2, force: true }
  const made = (await command(keyward, 'init', args)) as { shares: string[] }
  await assert.rejects(give(keyward, lost.shares), { code: 'ForeignShare' })
  await give(keyward, made.shares)
  assert.equal((await statusOf(keyward)).state, 'open')
  const before = await statusOf(keyward)
  await assert.rejects(command(keyward, 'init', args), /has a root key. keyward operator rekey replaces it/)
  const again = await restart(t, keyward)
  await assert.rejects(command(again, 'init', args), /has a root key. keyward operator rekey replaces it/)
  await give(again, made.shares)
  assert.equal((await statusOf(again)).rootKeyId, before.rootKeyId)
})

test('new shares are confirmed before anything changes', async t => {
  const { keyward, shares } = await openServer(t)
  const before = await statusOf(keyward)
  const args = 'rekey --shares 4 --threshold 3'
  const printed = await operate(keyward.dataDirectory, args, [shares[2] ?? '', shares[0] ?? ''])
  assert.equal(printed.code, 0, printed.stderr)
  const next = sharesIn(printed.stdout)
  assert.equal(next.length, 4)
  assert.match(printed.stdout, /Nothing has changed yet/)
  assert.deepEqual((await statusOf(keyward)).newShares, { have: 0, need: 3 })
  const [first = '', second = ''] = next
  await command(keyward, 'rekey-verify', {}, [first])
  const confirmed = await operate(keyward.dataDirectory, 'rekey --verify', [first, second])
  assert.match(confirmed.stdout, /^2 of 3 new shares are confirmed\. Nothing has changed yet: /)
  assert.deepEqual([confirmed.code, confirmed.stderr], [0, ''])
  const repeated = await operate(keyward.dataDirectory, 'rekey --verify', [first, second])
  assert.deepEqual(
    [repeated.code, repeated.stderr],
    [1, 'keyward: Share 2 was given already: 2 of 3 shares.\n'],
  )
  const shown = await operate(keyward.dataDirectory, 'status')
  assert.match(shown.stdout, /^New shares: +2 of 3 confirmed; /m)
  assert.equal((await statusOf(keyward)).rootKeyId, before.rootKeyId)

  const killed = await restart(t, keyward)
  await give(killed, shares.slice(0, 2))
  const opened = await statusOf(killed)
  assert.deepEqual([opened.state, opened.rootKeyId], ['open', before.rootKeyId])
  await assert.rejects(command(killed, 'rekey-verify', {}, [next[2] ?? '']), { code: 'NothingToConfirm' })

  const printedAgain = await operate(killed.dataDirectory, args, shares.slice(0, 2))
  const last = sharesIn(printedAgain.stdout)
  const done = await operate(killed.dataDirectory, 'rekey --verify', last.slice(1))
  assert.equal(done.code, 0, done.stderr)
  assert.match(done.stdout, /^The root key is replaced. The new one is [0-9a-f-]{36}, kept by shares.\n/)
  assert.doesNotMatch(done.stdout, /KEYWARD_ROOT_KEY/)
  const changed = await restart(t, killed)
  await assert.rejects(give(changed, shares.slice(0, 1)), { code: 'ForeignShare' })
  await give(changed, last.slice(0, 3))
  const after = await statusOf(changed)
  assert.notEqual(after.rootKeyId, before.rootKeyId)
  assert.deepEqual([after.state, after.quorum], ['open', { shares: 4, threshold: 3 }])
  // Without numbers, the new shares are as many as the old ones.
  const asMany = await operate(changed.dataDirectory, 'rekey', last.slice(0, 3))
  assert.equal(sharesIn(asMany.stdout).length, 4)
  assert.match(asMany.stdout, /3 of /)
  const records = readAuditRecords(keyward.dataDirectory).filter(
    record => record['eventName'] === 'RekeyRootKey',
  )
  assert.deepEqual(
    records.map(record => record['serviceEventDetails']),
    [
      {
        from: { provider: 'shares', rootKeyId: before.rootKeyId },
        to: { provider: 'shares', rootKeyId: after.rootKeyId },
      },
    ],
  )
})

test('wrong shares of the present root key, and a wrong way to keep the next one, change nothing', async t => {
  const { keyward, shares } = await openServer(t)
  const [one = '', two = ''] = shares
  const other = await openServer(t)
  const before = await statusOf(keyward)
  const rekey = (args: object, given: readonly string[], next: readonly string[] = []) =>
    command(keyward, 'rekey', { ...args, given: given.length }, [...given, ...next])
  const refused: [Promise<unknown>, object | RegExp][] = [
    [rekey({}, []), { code: 'NothingGiven' }],
    [rekey({}, [one]), { code: 'TooFewShares' }],
    [rekey({}, [one, one]), { code: 'ShareTwice' }],
    [rekey({}, [one, other.shares[1] ?? '']), { code: 'ForeignShare' }],
    [rekey({ to: 'shares:', shares: 1, threshold: 1 }, [one, two]), /cannot be split/],
    [
      rekey({ to: 'passphrase:', shares: 3, threshold: 2 }, [one, two], ['long enough']),
      { code: 'NoShares' },
    ],
    [rekey({ to: 'passphrase:' }, [one, two]), { code: 'NothingGiven' }],
    [rekey({ to: 'passphrase:' }, [one, two], ['short']), /too short/],
    [rekey({ to: 'paper:' }, [one, two]), /must be file:PATH/],
    [rekey({ to: 'file:missing/root.key' }, [one, two]), /cannot be written/],
  ]
  for (const [work, error] of refused) await assert.rejects(work, error)
  assert.deepEqual(await statusOf(keyward), before)
  const again = await restart(t, keyward)
  await give(again, [one, two])
  assert.equal((await statusOf(again)).rootKeyId, before.rootKeyId)
})

test('a share that is given twice is left out of the present ones, and by verify and restore', async t => {
  const { keyward, shares } = await openServer(t)
  const { dataDirectory } = keyward
  const [one = '', two = ''] = shares
  const input = `${one}\n${one}\n${two}\n`
  const vault = await makeVault()
  const made = await backUp(vault, dataDirectory)
  assert.equal(made.code, 0, made.stderr)
  const printed = await operate(dataDirectory, 'rekey --shares 2 --threshold 2', [one, one, two])
  assert.equal(printed.code, 0, printed.stderr)
  assert.equal(sharesIn(printed.stdout).length, 2)
  const tooFew = await operate(dataDirectory, 'rekey', [one, one])
  assert.deepEqual([tooFew.code, tooFew.stderr], [1, 'keyward: A share was given twice: 1 of 2 shares.\n'])
  assert.equal(await keyward.stop(), 0)

  const verify = (text: string) =>
    runKeyward(['verify', '--data-dir', dataDirectory, '--root-key', 'shares:'], { input: text })
  const verified = await verify(input)
  assert.equal(verified.code, 0, verified.stderr)
  const unverified = await verify(`${one}\n${one}\n`)
  assert.deepEqual(
    [unverified.code, unverified.stderr],
    [1, 'keyward: Share 1 was given already: 1 of 2 shares.\n'],
  )
  const restored = join(temporaryDirectory(), 'restored')
  const args = ['--identity', vault.identityPath, '--data-dir', restored, '--root-key', 'shares:']
  const end = await runKeyward(['restore', made.path, ...args], { input })
  assert.equal(end.code, 0, end.stderr)
})

test('a person at a terminal gives the present shares, and confirms the new ones', {
  skip: whyNoTerminal,
}, async t => {
  const { keyward, shares } = await openServer(t, 2, 2)
  const shell = shellCommand(`operator rekey --shares 2 --threshold 2 --data-dir ${keyward.dataDirectory}`)
  const typings: Typing[] = [
    ['Present share 1 of 2: ', `${shares[0]}\r`],
    ['Present share 2 of 2: ', `${shares[0]}\r`],
    ['Present share 2 of 2: ', `${shares[1]}\r`],
    ['New share 1 of 2: ', screen => `${sharesIn(screen.replaceAll('\r', ''))[1]}\r`],
    ['New share 2 of 2: ', screen => `${sharesIn(screen.replaceAll('\r', ''))[1]}\r`],
    ['New share 2 of 2: ', screen => `${sharesIn(screen.replaceAll('\r', ''))[0]}\r`],
  ]
  const { code, screen } = await typeAtTerminal(shell, typings)
  assert.equal(code, 0, screen)
  assert.match(
    screen,
    /Nothing has changed yet\. Confirm 2 of the new shares now, or within an hour: [^\n]+\n[^\n]*New share 1/,
  )
  assert.match(screen, /A share was given twice: 1 of 2 shares\./)
  assert.match(screen, /Share 2 was given already: 1 of 2 shares/)
  assert.match(screen, /The root key is replaced/)
})
