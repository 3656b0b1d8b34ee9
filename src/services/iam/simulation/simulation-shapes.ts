import {
  boolean,
  enumeration,
  integer,
  list,
  required,
  string,
  stringMap,
  structure,
} from '../../../std/index.ts'
import { pageInput, pageOutput } from '../wire/paging.ts'
import { arnType, groupNameType, policyDocumentType, policyNameType } from '../wire/shapes.ts'

const resourceNameType = string({ min: 1, max: 2048 })
const decisionType = enumeration(['allowed', 'explicitDeny', 'implicitDeny'])
export const policyListType = list(policyDocumentType)

/** The input members that both simulators have. */
export const simulationInput = {
  PermissionsBoundaryPolicyInputList: policyListType,
  ActionNames: required(list(string({ min: 3, max: 128 }))),
  ResourceArns: list(resourceNameType),
  ResourcePolicy: policyDocumentType,
  ResourceOwner: resourceNameType,
  CallerArn: resourceNameType,
  ContextEntries: list(
    structure({
      ContextKeyName: string({ min: 5, max: 256 }),
      ContextKeyValues: list(string()),
      ContextKeyType: enumeration([
        'string',
        'stringList',
        'numeric',
        'numericList',
        'boolean',
        'booleanList',
        'ip',
        'ipList',
        'binary',
        'binaryList',
        'date',
        'dateList',
      ]),
    }),
  ),
  ResourceHandlingOption: string({ min: 1, max: 64 }),
  ...pageInput,
}

export const policyExclusionsType = list(
  structure({
    PolicyType: enumeration(['inline', 'aws-managed', 'user-managed', 'permission-boundary', 'scp', 'rcp']),
    PolicyArn: arnType,
    InlinePolicyIdentifier: structure({
      PolicyName: required(policyNameType),
      AttachmentType: required(enumeration(['user', 'group', 'role'])),
      AttachmentName: required(groupNameType),
    }),
  }),
  { max: 256 },
)

export const organizationPoliciesType = list(structure({ ServiceControlPolicyInputList: policyListType }), {
  max: 7,
})

const positionType = structure({ Line: required(integer()), Column: required(integer()) })
const matchedStatementsType = list(
  structure({
    SourcePolicyId: required(string()),
    SourcePolicyType: required(string()),
    StartPosition: positionType,
    EndPosition: positionType,
  }),
)
const boundaryDetailType = structure({ AllowedByPermissionsBoundary: required(boolean()) })

export const simulationOutput = structure({
  EvaluationResults: required(
    list(
      structure({
        EvalActionName: required(string()),
        EvalResourceName: required(string()),
        EvalDecision: required(decisionType),
        MatchedStatements: required(matchedStatementsType),
        MissingContextValues: required(list(string())),
        OrganizationsDecisionDetail: structure({ AllowedByOrganizations: required(boolean()) }),
        PermissionsBoundaryDecisionDetail: boundaryDetailType,
        EvalDecisionDetails: stringMap(),
        ResourceSpecificResults: list(
          structure({
            EvalResourceName: required(string()),
            EvalResourceDecision: required(decisionType),
            MatchedStatements: matchedStatementsType,
            MissingContextValues: list(string()),
            EvalDecisionDetails: stringMap(),
            PermissionsBoundaryDecisionDetail: boundaryDetailType,
          }),
        ),
      }),
    ),
  ),
  ...pageOutput,
})

export const contextKeysType = list(string())
