import { drive } from '../../../bench/load.ts'
import { cpuMicros } from '../../../bench/machine.ts'
import { median, printHead, printRow } from '../../../bench/report.ts'
import { createKey, dataKeyInput, makeRequests } from '../../../bench/requests.ts'
import { type KeywardProcess, startKeyward } from '../../fixtures/keyward-process.ts'
import { type AttackName, attacks } from './attacks.ts'
import { type Served, serveHonest } from './honest.ts'
import { measureIdleConnections } from './idle-connections.ts'
import { attack, burn, openFiles, residentMebibytes, watchMemory } from './watch.ts'

// Attacks a server and measures what honest clients feel: run with `npm run attack`, or `npm run attack -- NAME...`. The
// control burns the CPU time of the attack in other processes. ATTACK_ROUNDS, ATTACK_SECONDS and ATTACK_CONNECTIONS set the
// number of rounds, the seconds of each, and the hostile connections. The exit status is 1 if a ratio is missed.

const rounds = Number(process.env['ATTACK_ROUNDS'] ?? 5)
const seconds = Number(process.env['ATTACK_SECONDS'] ?? 5)
const connections = Number(process.env['ATTACK_CONNECTIONS'] ?? 500)
const p99RatioMax = 5

/** The attack begins before the honest load, and ends after it. */
const leadSeconds = 0.5

interface Round {
  readonly undisturbed: Served
  readonly attacked: Served
  readonly control: Served
  readonly before: number
  readonly peak: number
  readonly after: number
  /** The CPU time of server and attacker, in shares of one processor, above that of the undisturbed server. */
  readonly serverShare: number
  readonly attackerShare: number
  readonly filesLeft: number
}

interface Honest {
  readonly server: KeywardProcess
  readonly keyId: string
  readonly hostileRequest: Buffer
}

async function measureRound(name: AttackName, { server, keyId, hostileRequest }: Honest): Promise<Round> {
  const requests = await makeRequests(server, 'GenerateDataKey', dataKeyInput(keyId), 64)
  const honest = async () => {
    const [before, start] = [cpuMicros(server), performance.now()]
    const { pid } = server.process
    const result = await serveHonest({
      url: server.url,
      pid,
      requests,
      connections: 4,
      perSecond: 100,
      seconds,
    })
    return { result, share: (cpuMicros(server) - before) / ((performance.now() - start) * 1000) }
  }
  const files = openFiles(server.process)
  const undisturbed = await honest()
  const before = residentMebibytes(server.process)
  const endWatch = watchMemory(server.process)
  const all = seconds + 2 * leadSeconds
  const url = name === 'handshakes' ? (server.tlsUrl ?? '') : server.url
  const attacking = attack(name, { url, seconds: all, connections, request: hostileRequest })
  await new Promise(done => setTimeout(done, leadSeconds * 1000))
  const attacked = await honest()
  const report = await attacking
  const peak = endWatch()
  const serverShare = Math.max(0, attacked.share - undisturbed.share)
  const attackerShare = report.cpuMicros / (all * 1e6)
  await new Promise(done => setTimeout(done, 1000))
  const filesLeft = openFiles(server.process) - files
  const burning = Promise.all([burn(serverShare, all), burn(attackerShare, all)])
  await new Promise(done => setTimeout(done, leadSeconds * 1000))
  const control = await honest()
  await burning
  const after = residentMebibytes(server.process)
  const results = { undisturbed: undisturbed.result, attacked: attacked.result, control: control.result }
  return { ...results, before, peak, after, serverShare, attackerShare, filesLeft }
}

async function measureAttack(name: AttackName, honest: Honest): Promise<void> {
  const all: Round[] = []
  for (let round = 0; round < rounds; round++) all.push(await measureRound(name, honest))
  const of = (pick: (round: Round) => number) => median(all.map(pick))
  const toControl = of(({ attacked, control }) => attacked.p99Millis / control.p99Millis)
  if (toControl > p99RatioMax) process.exitCode = 1
  const p99s = [of(r => r.undisturbed.p99Millis), of(r => r.control.p99Millis), of(r => r.attacked.p99Millis)]
  const runs = [of(r => r.undisturbed.p99RunMillis), of(r => r.attacked.p99RunMillis)]
  const memory = [of(r => r.before), Math.max(...all.map(r => r.peak)), of(r => r.after)]
  printRow(
    name,
    p99s.map(millis => millis.toFixed(1)).join(', '),
    runs.map(millis => millis.toFixed(1)).join(', '),
    `${toControl.toFixed(1)}${toControl > p99RatioMax ? ' (missed)' : ''}`,
    `${of(r => r.serverShare).toFixed(2)}, ${of(r => r.attackerShare).toFixed(2)}`,
    memory.map(mebibytes => mebibytes.toFixed(0)).join(', '),
    String(Math.max(...all.map(r => r.filesLeft))),
  )
}

const asked = process.argv.slice(2)
const known = [...Object.keys(attacks), 'idleConnections']
const unknown = asked.find(name => !known.includes(name))
if (unknown !== undefined) {
  console.error(`${unknown} is not an attack; the attacks are ${known.join(', ')}.`)
  process.exit(2)
}
const names = asked.length > 0 ? asked : known
const server = await startKeyward({ environment: { KEYWARD_TLS_PORT: '0' } })
const keyId = await createKey(server, {})
const [hostileRequest = Buffer.alloc(0)] = await makeRequests(
  server,
  'GetKeyPolicy',
  () => ({ KeyId: keyId }),
  1,
)
const requests = await makeRequests(server, 'GenerateDataKey', dataKeyInput(keyId), 64)
// Warm the server up before the first measurement.
await drive({ url: server.url, requests, connections: 4, seconds: 3 })
console.log(`${rounds} rounds of ${seconds} s, ${connections} hostile connections, medians.\n`)
printHead(
  'attack',
  'p99 ms undisturbed, control, attacked',
  'p99 ms of main thread undisturbed, attacked',
  'attacked to control',
  'processors of server, attacker',
  'MiB before, peak, after',
  'files left open',
)
for (const name of names)
  if (name !== 'idleConnections') await measureAttack(name as AttackName, { server, keyId, hostileRequest })
console.log('')
if (names.includes('idleConnections')) await measureIdleConnections(server)
await server.stop()
