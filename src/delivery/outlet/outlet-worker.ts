import { parentPort, workerData } from 'node:worker_threads'
import type { LogPosition } from '../../audit/index.ts'
import { listLogNames, shownRecord } from '../../audit/index.ts'
import { yieldToRequests } from '../../std/index.ts'
import { type Gathered, type GatherRequest, gather } from './gather.ts'
import { type LocateRequest, locate } from './locate.ts'

/** A task of the thread, with the number of its reply. */
export type OutletRequest = { readonly id: number } & (GatherRequest | LocateRequest)

/** The reply to a task. */
export interface OutletReply {
  readonly id: number
  readonly gathered?: Gathered
  readonly place?: LogPosition
  readonly problem?: string
}

/** The directory of the audit log. */
const directory = workerData as string

yieldToRequests()
parentPort?.on('message', (request: OutletRequest) => void answer(request))

async function answer(request: OutletRequest): Promise<void> {
  const { id } = request
  try {
    const names = await listLogNames(directory)
    if (request.task === 'locate') return post({ id, place: locate(directory, names, request) })
    const gathered = gather(directory, names, request, shownRecord)
    post(
      { id, gathered },
      gathered.files.map(({ bytes }) => bytes.buffer as ArrayBuffer),
    )
  } catch (error) {
    post({ id, problem: (error as Error).message })
  }
}

function post(reply: OutletReply, transferred: ArrayBuffer[] = []): void {
  parentPort?.postMessage(reply, transferred)
}
