import { type AttackName, attacks } from './attacks.ts'

// A process of its own that attacks a server: run as `attacker.ts NAME URL SECONDS CONNECTIONS`, with the request of an honest
// client on standard input. It prints what it did and the CPU time that it took.

const [name = '', url = '', seconds, connections] = process.argv.slice(2)
const chunks: Buffer[] = []
for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
const before = process.cpuUsage()
const counts = await attacks[name as AttackName]({
  url,
  seconds: Number(seconds),
  connections: Number(connections),
  request: Buffer.concat(chunks),
})
const { user, system } = process.cpuUsage(before)
process.stdout.write(JSON.stringify({ ...counts, cpuMicros: user + system }))
process.exit(0)
