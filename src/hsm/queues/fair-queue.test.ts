import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Abandoned, TooMuchWaiting } from '../problems.ts'
import { FairQueue } from './fair-queue.ts'

/** A queue whose jobs end when the test says so. It counts the jobs that began, in their order. */
class Bench {
  readonly queue: FairQueue
  readonly begun: string[] = []
  readonly #ends: ((error?: Error) => void)[] = []

  constructor(runningMax: number, waitingMax = 100) {
    this.queue = new FairQueue({ runningMax, waitingMax })
  }

  put(name: string, accountId?: string, signal?: AbortSignal): Promise<string> {
    const requester = accountId === undefined ? undefined : { accountId, signal }
    return this.queue.run(requester, () => {
      this.begun.push(name)
      const { promise, resolve, reject } = Promise.withResolvers<string>()
      this.#ends.push(error => (error === undefined ? resolve(name) : reject(error)))
      return promise
    })
  }

  putMany(accountId: string, count: number, signal?: AbortSignal): Promise<string>[] {
    return Array.from({ length: count }, (_, i) => this.put(`${accountId}${i + 1}`, accountId, signal))
  }

  /** Ends the oldest job that runs. The next one then begins. */
  async end(error?: Error): Promise<void> {
    this.#ends.shift()?.(error)
    await this.tick()
  }

  async tick(): Promise<void> {
    await new Promise(resolve => setImmediate(resolve))
  }

  async endAll(): Promise<void> {
    while (this.#ends.length > 0) await this.end()
  }
}

const refusedOf = async (jobs: readonly Promise<unknown>[], kind: new () => Error) =>
  (await Promise.allSettled(jobs)).filter(job => job.status === 'rejected' && job.reason instanceof kind)
    .length

test('sixty jobs of one account leave one turn before the only job of a different account', async () => {
  const bench = new Bench(1)
  const jobs = [...bench.putMany('a', 60), bench.put('b1', 'b')]
  await bench.endAll()
  await Promise.all(jobs)
  assert.deepEqual(bench.begun.slice(0, 4), ['a1', 'a2', 'b1', 'a3'])
  assert.equal(bench.begun.length, 61)
})

test('accounts take turns, and the server itself is one of them', async () => {
  const bench = new Bench(2)
  const jobs = [...bench.putMany('a', 5), ...bench.putMany('b', 3), bench.put('s1'), bench.put('s2')]
  await bench.endAll()
  await Promise.all(jobs)
  assert.equal(bench.begun.join(' '), 'a1 a2 a3 b1 s1 a4 b2 s2 a5 b3')
})

test('only so many jobs of an account wait, whatever the others have, and later ones may wait again', async () => {
  const bench = new Bench(1, 3)
  const jobs = bench.putMany('a', 6)
  const others = [...bench.putMany('b', 3), bench.put('s')]
  await assert.rejects(bench.put('b4', 'b'), TooMuchWaiting)
  const refused = refusedOf(jobs, TooMuchWaiting)
  assert.deepEqual(bench.queue.figures, { running: 1, waiting: 7, refused: 3 })
  await bench.end()
  const later = bench.put('later', 'a')
  await bench.endAll()
  assert.equal(await refused, 2)
  assert.equal(await later, 'later')
  await Promise.all(others)
  assert.equal(bench.begun.length, 4 + 4 + 1)
  assert.deepEqual(bench.queue.figures, { running: 0, waiting: 0, refused: 3 })
})

test('the queued jobs of a requester that is gone never begin, and free their places', async () => {
  const bench = new Bench(1, 5)
  const [client, running] = [new AbortController(), bench.put('a1', 'a')]
  const gone = refusedOf(bench.putMany('a', 5, client.signal), Abandoned)
  const other = bench.put('b', 'b')
  await assert.rejects(bench.put('full', 'a'), TooMuchWaiting)
  client.abort()
  const next = bench.put('next', 'a')
  await assert.rejects(bench.put('too late', 'a', client.signal), Abandoned)
  await bench.endAll()
  assert.equal(await gone, 5)
  assert.deepEqual(await Promise.all([running, other, next]), ['a1', 'b', 'next'])
  assert.deepEqual(bench.begun, ['a1', 'b', 'next'])
})

test('a job that has begun ends as usual when its requester goes, and a job that fails frees its place', async () => {
  const bench = new Bench(1)
  const client = new AbortController()
  const begun = bench.put('begun', 'a', client.signal)
  const waited = bench.put('waited', 'a', client.signal)
  await bench.end()
  client.abort()
  const failing = assert.rejects(bench.put('failing', 'a'), /broken/)
  await bench.end()
  assert.deepEqual(await Promise.all([begun, waited]), ['begun', 'waited'])
  await bench.end(new Error('broken'))
  await failing
  const last = bench.put('last', 'b')
  await bench.endAll()
  assert.equal(await last, 'last')
})

test('a queue that closes drops the jobs that wait', async () => {
  const bench = new Bench(1)
  const running = bench.put('a1', 'a')
  const dropped = [bench.put('a2', 'a'), bench.put('b1', 'b'), bench.put('s')].map(job =>
    assert.rejects(job, /^Error: closed$/),
  )
  bench.queue.close(new Error('closed'))
  await bench.endAll()
  assert.equal(await running, 'a1')
  await Promise.all(dropped)
  assert.deepEqual(bench.begun, ['a1'])
})

test('a queue may run fewer jobs or more from some moment on', async () => {
  const bench = new Bench(3)
  const all = Promise.all([...bench.putMany('a', 6), ...bench.putMany('b', 2)])
  bench.queue.runningMax = 1
  for (let ended = 0; ended < 2; ended++) await bench.end()
  assert.equal(bench.begun.length, 3, 'one of the three is enough')
  await bench.end()
  assert.equal(bench.begun.length, 4)
  bench.queue.runningMax = 4
  // Jobs begin after their turn has come.
  await bench.tick()
  assert.deepEqual(bench.begun.slice(3), ['a4', 'b1', 'a5', 'b2'])
  assert.deepEqual(bench.queue.figures, { running: 4, waiting: 1, refused: 0 })
  await bench.endAll()
  await all
})
