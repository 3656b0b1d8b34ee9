import type { Infer } from '../../../std/index.ts'
import type { simulationOutput } from './simulation-shapes.ts'

export type SimulationResult = Infer<typeof simulationOutput>['EvaluationResults'][number]
type Statements = SimulationResult['MatchedStatements']

/** The result of an action on one resource. */
export interface ResourceResult {
  readonly arn: string
  readonly decision: SimulationResult['EvalDecision']
  readonly statements: Statements
  readonly missing: readonly string[]
  readonly details: ReadonlyMap<string, string>
  /** Undefined if there is no organization. */
  readonly byOrganization: boolean | undefined
  /** Undefined if there is no permissions boundary. */
  readonly byBoundary: boolean | undefined
}

/**
 * Returns the result of an action on all of its resources, which contains a result for each (recorded from AWS). Its
 * decision is the worst of these results. `isAsked`: whether the request names resources.
 */
export function resultOf(
  action: string,
  results: readonly ResourceResult[],
  isAsked: boolean,
  areSeveral: boolean,
): SimulationResult {
  const { byOrganization, byBoundary } = results[0] ?? {}
  return {
    EvalActionName: action,
    EvalResourceName: areSeveral ? resourceNameOf(action) : (results[0]?.arn ?? '*'),
    EvalDecision: worstOf(results.map(({ decision }) => decision)),
    MatchedStatements: distinct(results.flatMap(({ statements }) => statements)),
    MissingContextValues: [...new Set(results.flatMap(({ missing }) => missing))],
    ...(byOrganization !== undefined && {
      OrganizationsDecisionDetail: {
        AllowedByOrganizations: results.every(result => result.byOrganization === true),
      },
    }),
    ...(byBoundary !== undefined && boundaryDetail(results.every(result => result.byBoundary === true))),
    ...(isAsked && {
      EvalDecisionDetails: new Map(results.flatMap(({ details }) => [...details])),
      ResourceSpecificResults: results.map(renderResource),
    }),
  }
}

const boundaryDetail = (isAllowed: boolean) => ({
  PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: isAllowed },
})

/** Renders the result for a resource; empty lists are left out. */
function renderResource({ arn, decision, statements, missing, details, byBoundary }: ResourceResult) {
  return {
    EvalResourceName: arn,
    EvalResourceDecision: decision,
    ...(statements.length > 0 && { MatchedStatements: [...statements] }),
    ...(missing.length > 0 && { MissingContextValues: [...missing] }),
    ...(details.size > 0 && { EvalDecisionDetails: details }),
    ...(byBoundary !== undefined && boundaryDetail(byBoundary)),
  }
}

function worstOf(decisions: readonly ResourceResult['decision'][]): ResourceResult['decision'] {
  return (['explicitDeny', 'implicitDeny'] as const).find(worse => decisions.includes(worse)) ?? 'allowed'
}

function distinct(statements: Statements): Statements {
  const byText = new Map(statements.map(statement => [JSON.stringify(statement), statement]))
  return [...byText.values()]
}

/**
 * The names that stand for several resources: those of S3 and IAM were recorded from AWS, that of KMS is from the
 * Service Authorization Reference.
 */
const resourceNames: Readonly<Record<string, string>> = {
  iam: `arn:aws:iam::$\{Account}:$\{ResourceType}/$\{ResourceName}`,
  kms: `arn:aws:kms:$\{Region}:$\{Account}:key/$\{KeyId}`,
  s3: `arn:aws:s3:::$\{BucketName}/$\{KeyName}`,
}

function resourceNameOf(action: string): string {
  return resourceNames[action.slice(0, action.indexOf(':')).toLowerCase()] ?? '*'
}
