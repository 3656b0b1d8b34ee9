import assert from 'node:assert/strict'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { before, describe, type TestContext, test } from 'node:test'
import { callSigned } from '../fixtures/clients.ts'
import {
  type KeywardProcess,
  type StartOptions,
  startKeyward,
  temporaryDirectory,
} from '../fixtures/keyward-process.ts'

/** A start that is expected to come up; ended with the test. */
async function start(t: TestContext, options: StartOptions): Promise<KeywardProcess> {
  const keyward = await startKeyward(options)
  t.after(() => keyward.kill())
  return keyward
}

/** Starting fails with exit status 1 and one line that says this. */
async function isRefused(options: StartOptions, says: RegExp): Promise<void> {
  const outcome = await startKeyward(options).then(
    async keyward => {
      await keyward.kill()
      return 'it came up'
    },
    (error: Error) => error.message,
  )
  assert.match(outcome, says)
  assert.match(outcome, /^keyward ended with 1: keyward: [^\n]+\n$/)
}

async function isAccepted(keyward: KeywardProcess): Promise<void> {
  assert.equal((await callSigned(keyward, 'ListKeys', '{}')).status, 200)
}

/** Makes a key, so that there is something to lose; its id. */
async function createKey(keyward: KeywardProcess): Promise<string> {
  const { status, json } = await callSigned(keyward, 'CreateKey', '{}')
  assert.equal(status, 200)
  return (json['KeyMetadata'] as { KeyId: string }).KeyId
}

async function hasKey(keyward: KeywardProcess, keyId: string): Promise<boolean> {
  return (await callSigned(keyward, 'DescribeKey', JSON.stringify({ KeyId: keyId }))).status === 200
}

describe('a first start', () => {
  test('what stands in its way is told in one line, and out of the way it starts', async t => {
    const asFile = (path: string) => writeFileSync(path, 'in the way')
    const asDirectory = (path: string) => mkdirSync(path)
    const obstacles: [name: string, make: (path: string) => void][] = [
      ['keyward.lock', asFile],
      ['keyward.lock', asDirectory],
      ['root.key', asFile],
      ['root.key', asDirectory],
      ['audit', asFile],
      ['credentials', asDirectory],
      ['endpoint', asDirectory],
    ]
    for (const [name, make] of obstacles) {
      await t.test(`${make === asFile ? 'a file' : 'a directory'} named ${name}`, async t => {
        const dataDirectory = temporaryDirectory()
        const path = join(dataDirectory, name)
        make(path)
        await isRefused({ dataDirectory }, new RegExp(name.replace('keyward.lock', dataDirectory)))
        rmSync(path, { recursive: true })
        await isAccepted(await start(t, { dataDirectory }))
      })
    }
  })

  test('a data directory that cannot be one is refused', async () => {
    const file = join(temporaryDirectory(), 'file')
    writeFileSync(file, 'a file')
    await isRefused({ dataDirectory: file }, new RegExp(`${file} cannot be written: .*KEYWARD_DATA_DIR`))
    await isRefused({ dataDirectory: join(file, 'data') }, /cannot be written: .*KEYWARD_DATA_DIR/)
    assert.equal(readFileSync(file, 'utf8'), 'a file')
  })

  test('a root key that cannot be written is refused', async () => {
    const flags = ['--root-key', `file:${join(temporaryDirectory(), 'missing', 'root.key')}`]
    await isRefused({ flags }, /The root key cannot be written/)
  })

  test('an address that cannot be had is refused, and is no obstacle to the next start', async t => {
    const running = await start(t, {})
    const { port } = new URL(running.url)
    const dataDirectory = temporaryDirectory()
    const taken = { dataDirectory, flags: ['--port', port] }
    await isRefused(taken, new RegExp(`Port ${port} on 127.0.0.1 is in use .*KEYWARD_PORT`))
    await isRefused({ dataDirectory, flags: ['--host', '203.0.113.1'] }, /cannot listen on 203.0.113.1/)
    await isRefused({ dataDirectory, flags: ['--host', 'no.such.host.invalid'] }, /cannot listen on/)
    await isAccepted(await start(t, { dataDirectory }))
    await isAccepted(running)
  })

  test('its files are private, and nothing lies about', async t => {
    const { dataDirectory } = await start(t, { dataDirectory: join(temporaryDirectory(), 'new', 'data') })
    assert.equal(statSync(dataDirectory).mode & 0o777, 0o700)
    const names = readdirSync(dataDirectory).sort()
    assert.deepEqual(
      names.filter(name => !/-(wal|shm|journal)$/.test(name)),
      ['audit', 'credentials', 'endpoint', 'keyward.db', 'keyward.lock', 'root.key'],
    )
    for (const name of ['credentials', 'keyward.db', 'keyward.db-wal', 'root.key']) {
      assert.equal(statSync(join(dataDirectory, name)).mode & 0o777, 0o600, name)
    }
  })
})

describe('a start on what is there', () => {
  let made: string
  let keyId: string
  before(async () => {
    const keyward = await startKeyward()
    made = keyward.dataDirectory
    keyId = await createKey(keyward)
    assert.equal(await keyward.stop(), 0)
  })

  /** A data directory of its own with the same content. */
  function copy(): string {
    const path = join(temporaryDirectory(), 'data')
    cpSync(made, path, { recursive: true })
    return path
  }

  async function isWhole(t: TestContext, dataDirectory: string): Promise<void> {
    const keyward = await start(t, { dataDirectory })
    assert.ok(await hasKey(keyward, keyId))
  }

  test('a second server on a data directory is refused, and the first goes on', async t => {
    const dataDirectory = copy()
    const first = await start(t, { dataDirectory })
    const endpoint = readFileSync(join(dataDirectory, 'endpoint'), 'utf8')
    const says = new RegExp(`Another Keyward is running on the data directory ${dataDirectory}`)
    for (let attempt = 0; attempt < 3; attempt++) await isRefused({ dataDirectory }, says)
    assert.equal(readFileSync(join(dataDirectory, 'endpoint'), 'utf8'), endpoint)
    assert.ok(await hasKey(first, keyId))
    await first.kill()
    await isWhole(t, dataDirectory)
  })

  test('a missing root key is refused and not made anew', async t => {
    const dataDirectory = copy()
    const path = join(dataDirectory, 'root.key')
    renameSync(path, `${path}.away`)
    await isRefused({ dataDirectory }, new RegExp(`The root key ${path} is missing`))
    await isRefused({ dataDirectory, flags: ['--root-key', 'file:other.key'] }, /other.key is missing/)
    assert.equal(existsSync(path), false)
    assert.equal(existsSync(join(dataDirectory, 'other.key')), false)
    renameSync(`${path}.away`, path)
    await isWhole(t, dataDirectory)
  })

  test('another root key is refused, and so is what is none', async t => {
    const dataDirectory = copy()
    const path = join(dataDirectory, 'root.key')
    const right = readFileSync(path, 'utf8')
    const wrong = `keyward-root-key-v1:${Buffer.alloc(32, 7).toString('base64')}\n`
    writeFileSync(path, wrong)
    await isRefused({ dataDirectory }, /The root key does not open/)
    for (const text of ['', 'secret\n', right.slice(0, -5), right.replace('v1', 'v2')]) {
      writeFileSync(path, text)
      await isRefused({ dataDirectory }, new RegExp(`${path} is not a Keyward root key`))
    }
    writeFileSync(path, right)
    await isWhole(t, dataDirectory)
  })

  test('a database of a newer version is refused and left as it is', async t => {
    const dataDirectory = copy()
    const path = join(dataDirectory, 'keyward.db')
    const original = join(dataDirectory, 'original')
    copyFileSync(path, original)
    const database = new DatabaseSync(path)
    database.exec("insert into keyward_migrations (name) values ('9999-future')")
    database.close()
    const future = readFileSync(path)
    await isRefused({ dataDirectory }, /newer version of Keyward .*9999-future/)
    assert.ok(readFileSync(path).equals(future))
    copyFileSync(original, path)
    await isWhole(t, dataDirectory)
  })

  test('a damaged database is refused and left as it is', async t => {
    const path = (dataDirectory: string) => join(dataDirectory, 'keyward.db')
    const damages: Record<string, (path: string) => void> = {
      'no database': file => writeFileSync(file, 'a letter\n'.repeat(1000)),
      'cut in half': file => truncateSync(file, statSync(file).size / 2),
      'without its last page': file => truncateSync(file, statSync(file).size - 4096),
    }
    for (const [what, damage] of Object.entries(damages)) {
      await t.test(what, async t => {
        const dataDirectory = copy()
        damage(path(dataDirectory))
        const damaged = readFileSync(path(dataDirectory))
        await isRefused({ dataDirectory }, new RegExp(`${path(dataDirectory)} cannot be opened`))
        assert.ok(readFileSync(path(dataDirectory)).equals(damaged))
        copyFileSync(path(made), path(dataDirectory))
        await isWhole(t, dataDirectory)
      })
    }
  })

  test('an account id that is not the data directory’s is refused', async t => {
    const dataDirectory = copy()
    await isRefused(
      { dataDirectory, flags: ['--account-id', '123456789012'] },
      /created for account 000000000000/,
    )
    await isWhole(t, dataDirectory)
  })

  test('a seed file that cannot be applied is refused whole', async t => {
    const dataDirectory = copy()
    const seed = join(dataDirectory, 'seed.yaml')
    const seeded = '00000000-0000-4000-8000-00000000000a'
    const accounts = (spec: string) => `accounts:
- id: '000000000000'
  keys:
  - id: ${seeded}
  - id: ${keyId}
    description: ${spec}
`
    writeFileSync(seed, accounts('another'))
    await isRefused(
      { dataDirectory, flags: ['--seed', seed] },
      /seed.yaml:5: .*differs from the existing key/,
    )
    const keyward = await start(t, { dataDirectory })
    assert.equal(await hasKey(keyward, seeded), false)
    assert.equal(await hasKey(keyward, keyId), true)
  })
})
