import { ServiceError } from '../../domain/index.ts'
import type { Caller } from '../../operation/index.ts'
import {
  enumeration,
  list,
  type NamedSample,
  required,
  string,
  stringMap,
  structure,
  timestamp,
} from '../../std/index.ts'
import { operation } from './operation.ts'

/** The names of metrics, and their beginnings (Prometheus, "Data model", "Metric names"). */
const prefixType = string({ min: 1, max: 128, pattern: '[a-zA-Z_:][a-zA-Z0-9_:]*' })

/**
 * Returns the metrics of the server as `GET /metrics` has them at the same moment, or those of them whose names begin with one of
 * `Names`. All calls and scrapes within a second get the same values, and `Time` is the moment when they were read. A value is
 * a text, because JSON has no infinity. The figures are those of all accounts, so only callers of the account of the first start
 * get them. Keyward's own operation (docs/metrics.md).
 *
 * Throws AccessDeniedException for callers of other accounts, UnsupportedOperationException if the server has no metrics, and
 * LimitExceededException for more samples than an answer may have.
 */
export const GetServerFigures = operation({
  name: 'GetServerFigures',
  effect: 'read',
  input: structure({ Names: list(prefixType, { min: 1, max: 50 }) }),
  output: structure({
    Time: required(timestamp()),
    Version: required(string()),
    Readiness: required(enumeration(['ok', 'unavailable', 'sealed'])),
    Samples: required(
      list(structure({ Name: required(string()), Labels: required(stringMap()), Value: required(string()) })),
    ),
  }),
  async handle({ input: { Names }, caller, scope: { accountId }, server }) {
    if (accountId !== server.operatorAccountId) throw notOperator(caller)
    if (server.readSamples === undefined) throw metricsAreOff()
    const { time, samples } = await server.readSamples()
    return {
      Time: time,
      Version: server.version(),
      Readiness: server.readiness(),
      Samples: chooseSamples(samples, Names).map(({ name, labels, value }) => ({
        Name: name,
        Labels: new Map(Object.entries(labels)),
        Value: value,
      })),
    }
  },
})

/** About 1.5 MB of JSON. A server has 19 samples for the times of each operation, and 500 for each metric that names keys or trails. */
const samplesMax = 10_000

/**
 * Returns the samples whose names begin with one of the prefixes; all without prefixes. Throws LimitExceededException, because a part
 * of them would look like all of them.
 */
export function chooseSamples(
  samples: readonly NamedSample[],
  prefixes: readonly string[] | undefined,
): readonly NamedSample[] {
  const chosen =
    prefixes === undefined
      ? samples
      : samples.filter(({ name }) => prefixes.some(prefix => name.startsWith(prefix)))
  if (chosen.length <= samplesMax) return chosen
  throw new ServiceError(
    'LimitExceededException',
    `The server has ${chosen.length} samples with these names, and an answer has at most ${samplesMax}. Ask for fewer with Names.`,
  )
}

const notOperator = ({ identity }: Caller) =>
  new ServiceError(
    'AccessDeniedException',
    `User: ${identity.principal.arn} is not authorized to perform: keyward:GetServerFigures because only the account of the server's operator may see its figures`,
    { reason: 'the account is not that of the first start' },
  )

const metricsAreOff = () =>
  new ServiceError(
    'UnsupportedOperationException',
    'The server has no metrics, because the setting KEYWARD_METRICS_PORT is off.',
  )
