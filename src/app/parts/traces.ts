import type { CallObserver } from '../../pipeline/index.ts'
import { uuid } from '../../std/index.ts'
import { BothObservers } from '../traces/both-observers.ts'
import { CallTraces } from '../traces/call-traces.ts'
import { OtlpExporter } from '../traces/otlp-exporter.ts'
import { SpanQueue } from '../traces/span-queue.ts'
import type { Base } from './base.ts'

/** Starts to trace calls. Returns the observer of calls, which counts them for the metrics, too. */
export function openTraces({ config, log, metrics, cleanup }: Base, url: URL): CallObserver {
  const queue = new SpanQueue({
    exporter: new OtlpExporter({ url, outbound: config.outbound, instanceId: uuid() }),
    onChange: problem => {
      if (problem === undefined) log.warn('traces are delivered again')
      else log.warn({ err: problem }, 'traces cannot be delivered; they are tried again')
    },
    onDrop: () =>
      log.warn('spans are dropped because the receiver of traces does not take them; metrics count them'),
  })
  cleanup.add(() => queue.close())
  metrics?.add(() => [queue.spans])
  const traces = new CallTraces(span => queue.add(span))
  return metrics === undefined ? traces : new BothObservers(metrics.calls, traces)
}
