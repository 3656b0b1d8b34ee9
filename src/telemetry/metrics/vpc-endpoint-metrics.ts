import type { VpcEndpointState } from '../../domain/index.ts'
import { byLabel, Counter, type Metric, reading } from '../../std/index.ts'

/** The states that are reported, whether an endpoint is in one or not. */
const states: readonly VpcEndpointState[] = ['pending', 'available', 'deleting', 'failed']

/** The figures of the endpoints. */
export interface VpcEndpointFigures {
  /** Returns the state of each endpoint. */
  readonly states: () => readonly VpcEndpointState[]
  /** Returns the open connections by endpoint id. */
  readonly connections: () => ReadonlyMap<string, number>
}

/** Returns the metrics of VPC endpoints. */
export function vpcEndpointMetrics(figures: VpcEndpointFigures): Metric[] {
  return [
    reading('gauge', 'keyward_vpc_endpoints', 'VPC endpoints, by state.', () => {
      const all = figures.states()
      return byLabel(
        'state',
        states.map(state => [state, all.filter(item => item === state).length]),
      )
    }),
    reading('gauge', 'keyward_vpc_endpoint_connections', 'Open connections of each VPC endpoint.', () =>
      byLabel('endpoint', figures.connections()),
    ),
  ]
}

/** Returns the count of the connections to VPC endpoints that were refused. */
export const refusedConnections = () =>
  new Counter(
    'keyward_vpc_endpoint_refused_total',
    'Connections to VPC endpoints that were refused: no security group has the client, or there was no room.',
    ['endpoint', 'reason'],
  )
