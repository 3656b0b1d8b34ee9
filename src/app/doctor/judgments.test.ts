import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { whoElse } from '../parts/data-directory.ts'
import { judgeHeads } from './checks/audit-log.ts'
import { judgeNewest } from './checks/backups.ts'
import { judgeExpiry } from './checks/certificates.ts'
import { judgeClock, judgeTimeService } from './checks/clock.ts'
import { judgeDatabase } from './checks/database.ts'
import { judgeDisk } from './checks/disk.ts'
import { judgeBroken, judgeRetiring } from './checks/domain-keys.ts'
import { judgeMachine, judgeProcess } from './checks/hygiene.ts'
import { judgePrivilege } from './checks/private-endpoints.ts'
import { judgeLag } from './checks/sinks.ts'
import { judgeSync, measureSync } from './checks/sync.ts'
import type { Finding } from './finding.ts'

// The limits of the checks. `test/castle/doctor.test.ts` provokes the checks on real servers.

const roots: string[] = []
after(() => {
  for (const root of roots) rmSync(root, { recursive: true })
})

/** Makes a directory with files, by their paths below it. */
function directoryWith(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'keyward-doctor-'))
  roots.push(root)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

const levelsOf = (findings: readonly Finding[]) => findings.map(({ level }) => level)
const now = Date.parse('2026-12-01T00:00:00Z')
const day = 86_400_000

test('a record from the future is a warning, and a fault beyond the five minutes of signatures', () => {
  assert.equal(judgeClock(now, undefined).level, 'ok')
  assert.equal(judgeClock(now, now - day).level, 'ok')
  assert.equal(judgeClock(now, now + 60_000).level, 'warn')
  assert.equal(judgeClock(now, now + 300_001).level, 'fault')
})

test('a machine without a time service is a warning, and a container is none', () => {
  assert.equal(judgeTimeService(directoryWith({})).level, 'warn')
  assert.equal(judgeTimeService(directoryWith({ 'run/chrony/chronyd.pid': '7' })).level, 'ok')
  assert.equal(judgeTimeService(directoryWith({ 'run/systemd/timesync/synchronized': '' })).level, 'ok')
  assert.equal(judgeTimeService(directoryWith({ '.dockerenv': '' })).level, 'ok')
})

test('a disk is judged by its free bytes and inodes', () => {
  const gibibyte = 2 ** 30
  const disk = {
    sizeBytes: 100 * gibibyte,
    freeBytes: 50 * gibibyte,
    files: 1000,
    freeFiles: 900,
    isInMemory: false,
  }
  const levels = (facts: Partial<typeof disk>, reserve = 0) =>
    levelsOf(judgeDisk({ ...disk, ...facts }, reserve))
  assert.deepEqual(levels({}), ['ok'])
  assert.deepEqual(levels({ freeBytes: 14 * gibibyte }), ['warn'])
  assert.deepEqual(levels({ freeBytes: 4 * gibibyte }), ['fault'])
  // A small disk with most of it free, and a large one with a small part of it free.
  assert.deepEqual(levels({ sizeBytes: gibibyte / 10, freeBytes: 63 * 2 ** 20 }), ['fault'])
  assert.deepEqual(levels({ sizeBytes: 4000 * gibibyte, freeBytes: 100 * gibibyte }), ['ok'])
  assert.deepEqual(levels({ freeBytes: 20 * gibibyte }, 30 * gibibyte), ['fault'])
  assert.deepEqual(levels({ freeFiles: 40 }), ['warn'])
  assert.deepEqual(levels({ freeFiles: 9 }), ['fault'])
  assert.deepEqual(levels({ files: 0, freeFiles: 0 }), ['ok'])
  assert.deepEqual(levels({ isInMemory: true }), ['warn'])
})

test('a sync is judged by its median, and the probe leaves no file', () => {
  const median = (millis: number) => [0.1, millis, millis, millis, 900]
  assert.equal(judgeSync(median(9)).level, 'ok')
  assert.equal(judgeSync(median(11)).level, 'warn')
  assert.equal(judgeSync(median(51)).level, 'fault')
  const directory = directoryWith({ 'doctor.probe': 'left by a kill' })
  const times = measureSync(join(directory, 'doctor.probe'))
  assert.ok(times.length > 0 && times.every(time => time > 0))
  assert.deepEqual(readdirSync(directory), [])
  assert.throws(() => measureSync(join(directory, 'missing', 'doctor.probe')), /ENOENT/)
})

test('a database is judged by its format, its schema, its log and what is left to erase', () => {
  const facts = {
    missingMigrations: [],
    newerMigration: undefined,
    schemaFault: undefined,
    isErasureDue: false,
    logSizeBytes: 4_000_000,
  }
  const levels = (changed: Partial<Parameters<typeof judgeDatabase>[0]>, isRunning = false) =>
    levelsOf(judgeDatabase({ ...facts, ...changed }, isRunning))
  assert.deepEqual(levels({}), [])
  assert.deepEqual(levels({ missingMigrations: ['0007-trails'] }), ['warn'])
  assert.deepEqual(levels({ newerMigration: '9999-later' }), ['fault'])
  assert.deepEqual(levels({ schemaFault: 'The schema was changed.' }), ['fault'])
  assert.deepEqual(levels({ isErasureDue: true }), ['warn'])
  assert.deepEqual(levels({ isErasureDue: true }, true), [])
  assert.deepEqual(levels({ logSizeBytes: 2 ** 30 + 1 }), ['warn'])
})

test('a replaced domain key is a warning after a day, and that of global after its session tokens and a day', () => {
  const hour = day / 24
  const judge = (domain: string, sinceMillis: number) =>
    judgeRetiring(
      [
        { domain, version: 1, state: 'retiring', createdAt: null },
        { domain, version: 2, state: 'current', createdAt: now - sinceMillis },
        // The key of a different Region says nothing about this one.
        { domain: 'eu-west-1', version: 2, state: 'current', createdAt: now - 900 * day },
      ],
      now,
    )
  assert.deepEqual(judge('us-east-1', day), [])
  assert.deepEqual(levelsOf(judge('us-east-1', day + 1)), ['warn'])
  assert.match(
    judge('us-east-1', 2 * day)[0]?.finding ?? '',
    /^The domain key of us-east-1, version 1, was replaced at 2026-11-29T00:00:00\.000Z/,
  )
  // STS, GetSessionToken: DurationSeconds is at most 129,600, which is 36 hours.
  assert.deepEqual(judge('global', 60 * hour), [])
  assert.deepEqual(levelsOf(judge('global', 60 * hour + 1)), ['warn'])
  assert.deepEqual(
    judgeRetiring([{ domain: 'global', version: null, state: null, createdAt: null }], now),
    [],
  )
})

test('entities that keep an old domain key are a fault, and five are named', () => {
  assert.deepEqual(judgeBroken([]), [])
  const [found] = judgeBroken(['a', 'b', 'c', 'd', 'e', 'f', 'g'])
  assert.equal(found?.level, 'fault')
  assert.match(found?.finding ?? '', /: a, b, c, d, e, and 2 more\.$/)
})

test('records that wait ten intervals for a head are a warning', () => {
  const judge = (unsignedSince: number | undefined, headAt?: number) =>
    judgeHeads({ unsignedSince, headAt }, now, 10_000)
  assert.equal(judge(undefined, now - day), undefined)
  assert.equal(judge(now - 99_000), undefined)
  assert.match(judge(now - 100_000)?.finding ?? '', /for 100 seconds\. There is none\.$/)
  assert.match(judge(now - 100_000, now - 200_000)?.finding ?? '', /from 2026-11-30T23:56:40\.000Z\.$/)
})

test('certificates are judged by the days that they have left', () => {
  assert.equal(judgeExpiry(now + 15 * day, now, 'a').level, 'ok')
  assert.equal(judgeExpiry(now + 13 * day, now, 'a').level, 'warn')
  assert.equal(judgeExpiry(now - 1, now, 'a').level, 'fault')
})

test('a file is open to its group or to all by its mode, and a credential of systemd has the mask of an ACL there', () => {
  assert.equal(whoElse('/etc/keyward/root.key', 0o100600), undefined)
  assert.equal(whoElse('/etc/keyward/root.key', 0o100640), 'group')
  assert.equal(whoElse('/etc/keyward/root.key', 0o100604), 'all')
  // As systemd writes it (src/core/exec-credential.c, write_credential): mode 0400, and an entry for the user.
  assert.equal(whoElse('/run/credentials/keyward.service/root.key', 0o100440), undefined)
  assert.equal(whoElse('/run/credentials/keyward.service/root.key', 0o100444), 'all')
})

test('a sink is judged by its own limit, or by five minutes', () => {
  const judge = (lagMillis: number, lagMaxMillis?: number) =>
    levelsOf(judgeLag({ kind: 'sink', name: 'siem', lagMaxMillis }, lagMillis))
  assert.deepEqual(judge(299_000), [])
  assert.deepEqual(judge(301_000), ['warn'])
  assert.deepEqual(judge(69_000, 60_000), [])
  assert.deepEqual(judge(71_000, 60_000), ['fault'])
})

test('a newest backup older than two intervals is a fault, and none yet is a warning', () => {
  const settings = { everyMillis: day }
  assert.equal(judgeNewest(undefined, now, settings).level, 'warn')
  assert.equal(judgeNewest(now - 2 * day, now, settings).level, 'ok')
  assert.equal(judgeNewest(now - 2 * day - 1, now, settings).level, 'fault')
})

// The texts of proc(5), swapon(8) and the Linux documentation of Yama.
const swapHeading = 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n'
const limitsOf = (soft: string) =>
  `Limit                     Soft Limit           Hard Limit           Units     \nMax core file size        ${soft.padEnd(21)}${'unlimited'.padEnd(21)}bytes     \n`

test('swap on a disk and programs that may read the memory are warnings', () => {
  const good = { swaps: swapHeading, 'sys/kernel/yama/ptrace_scope': '1\n' }
  assert.deepEqual(judgeMachine(directoryWith(good)), [])
  assert.deepEqual(judgeMachine(directoryWith({})), [])
  const inMemory = `${swapHeading}/dev/zram0  partition\t8388604\t\t0\t\t100\n`
  assert.deepEqual(judgeMachine(directoryWith({ ...good, swaps: inMemory })), [])
  const onDisk = `${swapHeading}/swapfile  file\t\t8388604\t\t0\t\t-2\n`
  assert.deepEqual(levelsOf(judgeMachine(directoryWith({ ...good, swaps: onDisk }))), ['warn'])
  const open = { ...good, 'sys/kernel/yama/ptrace_scope': '0\n' }
  assert.deepEqual(levelsOf(judgeMachine(directoryWith(open))), ['warn'])
})

test('a server that runs as root or could leave a core dump is a warning', () => {
  const good = {
    '7/limits': limitsOf('1'),
    '7/coredump_filter': '00000033\n',
    '7/status': 'Name:\tnode\nUid:\t1000\t1000\t1000\t1000\n',
  }
  assert.deepEqual(judgeProcess(directoryWith(good), 7), [])
  assert.deepEqual(judgeProcess(directoryWith({}), 7), [])
  const withDump = { ...good, '7/limits': limitsOf('unlimited') }
  assert.deepEqual(levelsOf(judgeProcess(directoryWith(withDump), 7)), ['warn'])
  assert.deepEqual(judgeProcess(directoryWith({ ...withDump, '7/coredump_filter': '00000000\n' }), 7), [])
  const asRoot = { ...good, '7/status': 'Name:\tnode\nUid:\t1000\t0\t0\t0\n' }
  assert.deepEqual(levelsOf(judgeProcess(directoryWith(asRoot), 7)), ['warn'])
})

test('a port below the first unprivileged one needs a capability', () => {
  const withoutIt = {
    'sys/net/ipv4/ip_unprivileged_port_start': '1024\n',
    '7/status': capabilities('00000000000001ff'),
  }
  const judge = (files: Readonly<Record<string, string>>, port: number) =>
    levelsOf(judgePrivilege(directoryWith(files), 7, port))
  assert.deepEqual(judge(withoutIt, 443), ['warn'])
  assert.deepEqual(judge(withoutIt, 1024), [])
  // CAP_NET_BIND_SERVICE is 10 in the numbering of linux/capability.h.
  assert.deepEqual(judge({ ...withoutIt, '7/status': capabilities('0000000000000400') }, 443), [])
  assert.deepEqual(judge({ ...withoutIt, 'sys/net/ipv4/ip_unprivileged_port_start': '0\n' }, 443), [])
  assert.deepEqual(judge({ '7/status': withoutIt['7/status'] }, 443), ['warn'])
  assert.deepEqual(judge({}, 443), [])
})

/** The lines of proc(5) about capabilities. Only the effective ones count. */
const capabilities = (effective: string) =>
  `Name:\tnode\nCapInh:\t0000000000000400\nCapPrm:\t0000000000000400\nCapEff:\t${effective}\nCapBnd:\t000001ffffffffff\n`
