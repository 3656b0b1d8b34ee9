/** The checked configuration of metrics. */
export interface MetricsConfig {
  readonly host: string
  readonly port: number
  /** Whether the operator asked for this port, so that no other will do. */
  readonly isPortAskedFor: boolean
  /** Whether metrics may name keys. */
  readonly namesKeys: boolean
}

/** The port for metrics if the operator asks for none. */
export const defaultMetricsPort = 4601
