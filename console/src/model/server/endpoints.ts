/** An endpoint as its labels need it. */
interface Endpoint {
  readonly tagSet?: readonly { readonly key: string; readonly value: string }[]
}

const states: Readonly<Record<string, string>> = {
  available: 'Available',
  deleting: 'Deleting',
  failed: 'Failed',
  pending: 'Pending',
}

/** The word for the state of an endpoint. */
export const endpointStateLabel = (state: string): string => states[state] ?? state

export function endpointIndicator(state: string): 'success' | 'error' | 'pending' {
  return state === 'available' ? 'success' : state === 'failed' ? 'error' : 'pending'
}

/** The tag Name, by which AWS's console names endpoints. */
export const endpointName = ({ tagSet = [] }: Endpoint): string =>
  tagSet.find(({ key }) => key === 'Name')?.value ?? '-'

/** The fault of an endpoint policy that can be seen in its text; undefined if there is none. The server checks the rest. */
export function endpointPolicyFault(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'Statement' in value
      ? undefined
      : 'A policy has the member Statement: a list of statements.'
  } catch (error) {
    return `This is no JSON: ${(error as Error).message}`
  }
}
