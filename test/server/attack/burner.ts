import { setTimeout as sleep } from 'node:timers/promises'

// A process that burns CPU time elsewhere: run as `burner.ts SHARE SECONDS`, with the share of one processor.

const [share, seconds] = process.argv.slice(2).map(Number) as [number, number]
const end = performance.now() + seconds * 1000
const sliceMillis = 10
while (performance.now() < end) {
  const busyUntil = performance.now() + sliceMillis * Math.min(1, share)
  while (performance.now() < busyUntil);
  const idleMillis = sliceMillis * (1 - Math.min(1, share))
  if (idleMillis > 0.5) await sleep(idleMillis)
}
