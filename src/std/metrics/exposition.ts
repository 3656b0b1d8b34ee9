import { type Labels, type Metric, readLabels, type WriteSample } from './metric.ts'

/** The media type of the text exposition. */
export const expositionType = 'text/plain; version=0.0.4; charset=utf-8'

/** A metric with its samples of one moment. */
export interface CollectedMetric {
  readonly metric: Metric
  readonly samples: readonly (readonly [...Parameters<WriteSample>])[]
}

/** A sample with its full name, such as that of a bucket of a histogram. */
export interface NamedSample {
  readonly name: string
  readonly labels: Labels
  /** The number as the text has it: JSON has no infinity. */
  readonly value: string
}

/**
 * Reads metrics. A metric that cannot be read is left out, so that it does not hide the others; `onFailure` receives its
 * name.
 */
export async function collectMetrics(
  metrics: Iterable<Metric>,
  onFailure: (error: unknown, name: string) => void,
): Promise<CollectedMetric[]> {
  const collected: CollectedMetric[] = []
  for (const metric of metrics) {
    const samples: Parameters<WriteSample>[] = []
    try {
      await metric.collect((...sample) => samples.push(sample))
      collected.push({ metric, samples })
    } catch (error) {
      onFailure(error, metric.name)
    }
  }
  return collected
}

/** Renders metrics as text (Prometheus, "Exposition formats", text-based format 0.0.4). */
export function renderMetrics(collected: readonly CollectedMetric[]): string {
  let text = ''
  for (const { metric, samples } of collected) {
    const { name, type, help } = metric
    text += `# HELP ${name} ${escapedHelp(help)}\n# TYPE ${name} ${type}\n`
    for (const [suffix, labels, value] of samples) text += `${name}${suffix}${labels} ${numberText(value)}\n`
  }
  return text
}

/** Returns the samples of metrics, in the order of the text. */
export function listSamples(collected: readonly CollectedMetric[]): NamedSample[] {
  return collected.flatMap(({ metric, samples }) =>
    samples.map(([suffix, labels, value]) => ({
      name: `${metric.name}${suffix}`,
      labels: readLabels(labels),
      value: numberText(value),
    })),
  )
}

const escapedHelp = (help: string) => help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')

function numberText(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value)
  return value > 0 ? '+Inf' : '-Inf'
}
