/**
 * The condition keys of IAM that only some requests about an entity have, by their lower-case names, with the actions of these
 * requests (Service Authorization Reference, "Actions, resources, and condition keys for AWS Identity and Access Management").
 */
export const iamConditionKeyActions: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'iam:permissionsboundary',
    ['User', 'Role'].flatMap(kind =>
      [`Create${kind}`, `Put${kind}PermissionsBoundary`, `Delete${kind}PermissionsBoundary`]
        .concat(`Attach${kind}Policy`, `Detach${kind}Policy`, `Put${kind}Policy`, `Delete${kind}Policy`)
        .map(name => `iam:${name}`),
    ),
  ],
])
