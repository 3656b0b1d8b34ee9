import type { CallObserver } from '../../pipeline/index.ts'
import { type Metric, type OutboundPolicy, uuid } from '../../std/index.ts'
import type { SpanQueueOptions } from './span-queue.ts'

/** The settings of traces. */
export interface TracesOptions extends Pick<SpanQueueOptions, 'onChange' | 'onDrop'> {
  /** The whole URL of the receiver, such as `http://127.0.0.1:4318/v1/traces`. */
  readonly url: URL
  readonly outbound: OutboundPolicy
  /** An observer that all calls are reported to as well. */
  readonly beside: CallObserver | undefined
}

/** The traces of a running server. */
export interface Traces {
  readonly calls: CallObserver
  /** Counts the spans that have arrived, and those that were dropped. */
  readonly spans: Metric
  /** Sends the spans that wait, for a second at most. */
  close(): Promise<void>
}

/** Starts to trace calls. Most servers have no traces, and start without the rest of their code. */
export async function openTraces({ url, outbound, beside, ...events }: TracesOptions): Promise<Traces> {
  const { BothObservers } = await import('./both-observers.ts')
  const { CallTraces } = await import('./call-traces.ts')
  const { OtlpExporter } = await import('./otlp-exporter.ts')
  const { SpanQueue } = await import('./span-queue.ts')
  const exporter = new OtlpExporter({ url, outbound, instanceId: uuid() })
  const queue = new SpanQueue({ exporter, ...events })
  const traces = new CallTraces(span => queue.add(span))
  return {
    calls: beside === undefined ? traces : new BothObservers(beside, traces),
    spans: queue.spans,
    close: () => queue.close(),
  }
}
