import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import { appendFileSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { readLogLines } from '../../../test/fixtures/audit/audit-chain.ts'
import {
  key,
  newPlace,
  openChained,
  publicKeyPem,
  record,
  work,
} from '../../../test/fixtures/audit/chained-log.ts'
import { type AuditHead, parseHead, renderHead, signedTextOf } from '../chain/audit-head.ts'
import { type BlockLine, parseBlock } from '../chain/block-line.ts'
import { verifyLog } from './verify-log.ts'

// The tamper table: everything that somebody who can write to the files may do, on a copy of one log.

const today = 'keyward-2026-11-24.jsonl'
const part = 'keyward-2026-11-24.p0001.jsonl'
const tomorrow = 'keyward-2026-11-25.jsonl'

const cleanups: (() => void)[] = []
const context = { after: (step: () => void) => cleanups.push(step) }
after(() => {
  for (const step of cleanups.reverse()) step()
})

let original: string
let witnessed: AuditHead[]
/** The lines of the file of today, without the block that is open at its end. */
let lines: string[]

/** A log of two days, of which the first has two files: each has many blocks, and the chain is in the lines. */
before(async () => {
  const place = newPlace(context as never)
  original = place.directory
  for (let start = 0; start < 4; start++) {
    const opened = await openChained(place, { fileSizeMaxBytes: 250_000 })
    for (let step = 0; step < 6; step++) {
      await work({ ...opened, ...place }, 40, step * 40)
      await opened.follower.drain()
    }
    await opened.close()
    if (start === 2) place.clock.time += 86_400_000
  }
  assert.deepEqual(readdirSync(original).sort(), [today, part, tomorrow])
  lines = readFileSync(join(original, today), 'utf8').split('\n').slice(0, -1)
  witnessed = readLogLines(original)
    .map(parseHead)
    .filter(head => head !== undefined)
  assert.ok(witnessed.length >= 4)
})

const findSignatureFault = (head: AuditHead) => {
  if (head.key !== key) return 'a different key'
  const isRight = verify(
    null,
    Buffer.from(signedTextOf(head)),
    createPublicKey(publicKeyPem),
    Buffer.from(head.signature, 'base64'),
  )
  return isRight ? undefined : 'a wrong signature'
}
const check = (directory: string, heads: readonly AuditHead[] = []) =>
  verifyLog({ directory, findSignatureFault, witnessed: heads })

/** A copy of the log, after somebody had their way with it. */
function tampered(change: (directory: string) => void): string {
  const { directory } = newPlace(context as never)
  cpSync(original, directory, { recursive: true })
  change(directory)
  return directory
}

/** Changes the lines of a file. */
const editing =
  (change: (all: string[]) => void, name = today) =>
  (directory: string) => {
    const path = join(directory, name)
    const all = readFileSync(path, 'utf8').split('\n')
    change(all)
    writeFileSync(path, all.join('\n'))
  }

/** The index of a line of today's file, in the block that this fraction of the lines is in. */
const middle = (fraction = 0.5) =>
  lines.findIndex((line, index) => index > lines.length * fraction && line.startsWith('{"ev'))
const blockLines = () => lines.flatMap((line, index) => (parseBlock(line) === undefined ? [] : [index]))
/** The first line of the block that a line is in, counted from 1, and the number of the block. */
function blockAround(index: number): { block: BlockLine; from: number } {
  const from = blockLines().findLast(start => start <= index) ?? 0
  return { block: parseBlock(lines[from] ?? '') as BlockLine, from: from + 1 }
}

test('a log that nobody changed is whole, and so is every beginning of it', async () => {
  const whole = await check(original, witnessed)
  assert.equal(whole.fault, undefined)
  assert.equal(whole.records, 4 * 240)
  assert.equal(whole.heads, witnessed.length)
  // A server that writes meanwhile, or a crash, can end the log anywhere.
  const bytes = readFileSync(join(original, today))
  for (let count = 0; count < 40; count++) {
    const directory = tampered(copy => {
      rmSync(join(copy, part))
      rmSync(join(copy, tomorrow))
      writeFileSync(join(copy, today), bytes.subarray(0, 1 + Math.floor((bytes.length * count) / 40)))
    })
    assert.equal((await check(directory)).fault, undefined)
  }
})

/** Each change, and what the report says. The place is that of the first block that is not as it was written. */
const inContent: Record<string, (all: string[], index: number) => void> = {
  'a character of a record is different': (all, index) => {
    all[index] = all[index]?.replace('Decrypt', 'decrypt') ?? ''
  },
  'a record is deleted': (all, index) => all.splice(index, 1),
  'a record is inserted': (all, index) => all.splice(index, 0, record(1)),
  'a record is doubled': (all, index) => all.splice(index, 0, all[index] ?? ''),
  'two records are swapped': (all, index) => {
    const [first = '', second = ''] = all.slice(index, index + 2)
    assert.ok(second.startsWith('{"ev'))
    all.splice(index, 2, second, first)
  },
  'the time of a block is different': (all, index) => {
    const { from } = blockAround(index)
    all[from - 1] = all[from - 1]?.replace(/"time":"2026/, '"time":"2025') ?? ''
  },
}
for (const [what, change] of Object.entries(inContent)) {
  test(`verify names the block where ${what}`, async () => {
    const index = middle()
    const { block, from } = blockAround(index)
    const { fault } = await check(tampered(editing(all => change(all, index))))
    const place = new RegExp(
      `^${today}:${from}-\\d+, block ${block.block}, between \\d{4}-.*Z and .*Z: the content differs$`,
    )
    assert.match(fault ?? 'whole', place)
  })
}

test('verify names the file and the line of bytes that are no line of the log', async () => {
  const index = middle()
  for (const [name, change] of Object.entries({
    'zero bytes': (all: string[]) => {
      all[index] = `${'\0'.repeat(100)}${all[index]?.slice(100)}`
    },
    'a line end in a record': (all: string[]) => {
      all[index] = all[index]?.replace('Decrypt', '\n') ?? ''
    },
    'an empty line': (all: string[]) => all.splice(index, 0, ''),
  })) {
    const { fault } = await check(tampered(editing(change)))
    assert.match(
      fault ?? 'whole',
      new RegExp(`^${today}:${index + 1}, block \\d+, after .*: the line is not JSON$`),
      name,
    )
  }
})

test('verify finds blocks that are missing, doubled or in a different order', async () => {
  const [, first = 0, second = 0, third = 0] = blockLines().filter(index => index > middle(0.4))
  const { block } = parseBlock(lines[first] ?? '') as BlockLine
  const missing = await check(tampered(editing(all => all.splice(first, second - first))))
  assert.equal(missing.fault, `${today}:${first + 1}: block ${block} is missing before this line`)
  const withoutLine = await check(tampered(editing(all => all.splice(first, 1))))
  assert.match(withoutLine.fault ?? 'whole', new RegExp(`: block ${block} is missing before this line$`))
  const swapped = await check(
    tampered(
      editing(all => {
        const moved = all.splice(first, second - first)
        all.splice(third - moved.length, 0, ...moved)
      }),
    ),
  )
  assert.equal(swapped.fault, `${today}:${first + 1}: block ${block} is missing before this line`)
  const doubled = await check(tampered(editing(all => all.splice(second, 0, ...all.slice(first, second)))))
  assert.equal(doubled.fault, `${today}:${second + 1}: block ${block} comes after block ${block}`)
})

test('verify finds a block line or a head that was changed', async () => {
  const claims = blockLines().filter(index => (parseBlock(lines[index] ?? '')?.sealed ?? 0) > 0)
  const index = claims[Math.floor(claims.length / 2)] ?? 0
  const { chain } = parseBlock(lines[index] ?? '') as BlockLine
  const changed = await check(
    tampered(
      editing(all => {
        all[index] = all[index]?.replace(chain, 'a'.repeat(64)) ?? ''
      }),
    ),
  )
  assert.match(changed.fault ?? 'whole', new RegExp(`^${today}:${index + 1}, block|the content differs$`))
  const heads = lines.flatMap((line, at) => (parseHead(line) === undefined ? [] : [at]))
  const at = heads[1] ?? 0
  const head = parseHead(lines[at] ?? '') as AuditHead
  for (const [change, says] of [
    [{ signature: Buffer.alloc(64).toString('base64') }, 'a wrong signature'],
    [{ records: head.records + 1 }, 'a wrong signature'],
    [{ key: 'b'.repeat(64) }, 'a different key'],
  ] as const) {
    const forged = await check(
      tampered(editing(all => all.splice(at, 1, renderHead({ ...head, ...change })))),
    )
    assert.equal(forged.fault, `${today}:${at + 1}, head ${head.head}: ${says}`)
  }
  const removed = await check(tampered(editing(all => all.splice(at, 1))))
  assert.match(removed.fault ?? 'whole', /: head \d+ (is missing before this line|follows head \d+)$/)
})

test('verify finds files that are missing', async () => {
  const middleGone = await check(tampered(directory => rmSync(join(directory, part))))
  assert.match(
    middleGone.fault ?? 'whole',
    new RegExp(
      `^${tomorrow}:1: a file between ${today} and ${tomorrow} is missing, with the blocks \\d+ to \\d+$`,
    ),
  )
  const firstGone = await check(tampered(directory => rmSync(join(directory, today))))
  assert.match(
    firstGone.fault ?? 'whole',
    new RegExp(`^${part}:1: the files with the blocks 1 to \\d+ are missing$`),
  )
})

test('a file that ends within a line is whole only as the last one', async () => {
  const cut = (name: string) => (directory: string) => {
    const bytes = readFileSync(join(directory, name))
    writeFileSync(join(directory, name), bytes.subarray(0, bytes.length - 10))
  }
  const last = await check(tampered(cut(tomorrow)))
  assert.deepEqual([last.fault, last.isTorn], [undefined, true])
  const first = await check(tampered(cut(today)))
  assert.equal(first.fault, `${today}:${lines.length}: the file ends within this line`)
})

test('a witness shows that the newest part is missing, that the history was rewritten, and that the log was replaced', async () => {
  const cut = tampered(directory => {
    rmSync(join(directory, tomorrow))
  })
  assert.equal((await check(cut)).fault, undefined)
  assert.match(
    (await check(cut, witnessed)).fault ?? 'whole',
    new RegExp(
      `^${part}:\\d+, the end: a witness has head \\d+ of block \\d+ from .*, and the log ends with block \\d+: its newest part is missing$`,
    ),
  )
  // A log that was made again as a whole, with the real key: only a witness knows.
  const place = newPlace(context as never)
  const opened = await openChained(place)
  await work({ ...opened, ...place }, 900)
  await opened.close()
  assert.equal((await check(place.directory)).fault, undefined)
  assert.match((await check(place.directory, witnessed)).fault ?? 'whole', /: it was rewritten$/)
  const other = witnessed.map(head => ({ ...head, stream: 'other', block: head.block + 1000 }))
  assert.match(
    (await check(place.directory, other)).fault ?? 'whole',
    /^A witness has head 1 .*: it was replaced$/,
  )
})

test('a history that was rewritten with a key of the attacker has heads that do not verify', async () => {
  const { privateKey } = generateKeyPairSync('ed25519')
  const directory = tampered(copy => {
    for (const name of [today, part, tomorrow]) {
      editing(all => {
        for (const [index, line] of all.entries()) {
          const head = parseHead(line)
          if (head === undefined) continue
          const signature = sign(null, Buffer.from(signedTextOf(head)), privateKey).toString('base64')
          all[index] = renderHead({ ...head, signature })
        }
      }, name)(copy)
    }
  })
  assert.match((await check(directory)).fault ?? 'whole', /, head 1: a wrong signature$/)
})

test('a database state that goes back shows', async () => {
  const state = (count: number) => JSON.stringify({ databaseState: { global: count }, time: 'now' })
  const directory = tampered(copy => appendFileSync(join(copy, tomorrow), `${state(9)}\n${state(8)}\n`))
  assert.match(
    (await check(directory)).fault ?? 'whole',
    new RegExp(`^${tomorrow}:\\d+: the database of global goes back from change 9 to 8$`),
  )
})
