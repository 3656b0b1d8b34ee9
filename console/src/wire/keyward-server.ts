import { jsonCall } from './call.ts'

/** A value of a metric (docs/metrics.md). */
export interface Sample {
  readonly Name: string
  readonly Labels: Readonly<Record<string, string>>
  /** The text of a number. */
  readonly Value: string
}

export interface ServerFigures {
  readonly Time: Date
  readonly Version: string
  readonly Readiness: 'ok' | 'unavailable' | 'sealed'
  readonly Samples: readonly Sample[]
}

export interface OrganizationPolicy {
  /** From 1, which is the root of the organization. */
  readonly Level: number
  readonly Name: string
  readonly Document: string
}

export interface OrganizationPolicies {
  readonly ServiceControlPolicies: readonly OrganizationPolicy[]
  readonly ResourceControlPolicies: readonly OrganizationPolicy[]
  readonly NextToken?: string
}

/** The operations of Keyward about the server and what its operator has configured. */
export const keywardServer = {
  getServerFigures: jsonCall<{ readonly Names?: readonly string[] }, ServerFigures>(
    'keyward',
    'GetServerFigures',
    { times: ['Time'] },
  ),
  listOrganizationPolicies: jsonCall<{ readonly NextToken?: string | undefined }, OrganizationPolicies>(
    'keyward',
    'ListOrganizationPolicies',
  ),
}
