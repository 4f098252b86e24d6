// Users and access keys with the AWS SDK for JavaScript, set up by the environment alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as iam from "@aws-sdk/client-iam";
import {
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { fromTemporaryCredentials } from "@aws-sdk/credential-providers";

const admin = new iam.IAMClient({});
const sts = (credentials) => new STSClient(credentials ? { credentials } : {});
const keysOf = (UserName) => admin.send(new iam.ListAccessKeysCommand({ UserName }));
const credentials = ({ AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey }) => ({
  accessKeyId,
  secretAccessKey,
});

test("a user's keys from the first to the last", async () => {
  const { User: user } = await admin.send(
    new iam.CreateUserCommand({ UserName: "alice", Path: "/ops/", Tags: [{ Key: "team", Value: "a + b/é" }] }),
  );
  assert.match(user.Arn, /^arn:aws:iam::\d{12}:user\/ops\/alice$/);
  assert.ok(user.CreateDate instanceof Date);
  assert.deepEqual(user.Tags, [{ Key: "team", Value: "a + b/é" }]);

  const create = () => admin.send(new iam.CreateAccessKeyCommand({ UserName: "alice" }));
  const first = (await create()).AccessKey;
  const second = (await create()).AccessKey;
  await assert.rejects(create(), (error) => {
    assert.ok(error instanceof iam.LimitExceededException);
    assert.equal(error.message, "Cannot exceed quota for AccessKeysPerUser: 2");
    assert.equal(error.$metadata.httpStatusCode, 409);
    assert.ok(error.$metadata.requestId);
    return true;
  });

  const listed = await keysOf("alice");
  assert.deepEqual(
    listed.AccessKeyMetadata.map((key) => key.AccessKeyId),
    [first.AccessKeyId, second.AccessKeyId],
  );

  const caller = await sts(credentials(first)).send(new GetCallerIdentityCommand({}));
  assert.equal(caller.Arn, user.Arn);
  assert.equal(caller.UserId, user.UserId);

  const used = await admin.send(new iam.GetAccessKeyLastUsedCommand({ AccessKeyId: first.AccessKeyId }));
  assert.equal(used.AccessKeyLastUsed.ServiceName, "sts");
  assert.ok(used.AccessKeyLastUsed.LastUsedDate instanceof Date);

  const change = { UserName: "alice", AccessKeyId: first.AccessKeyId };
  await admin.send(new iam.UpdateAccessKeyCommand({ ...change, Status: "Inactive" }));
  await assert.rejects(sts(credentials(first)).send(new GetCallerIdentityCommand({})), {
    name: "InvalidClientTokenId",
  });
  await admin.send(new iam.DeleteAccessKeyCommand(change));
  assert.equal((await keysOf("alice")).AccessKeyMetadata.length, 1);

  const { Account } = await sts().send(new GetAccessKeyInfoCommand({ AccessKeyId: second.AccessKeyId }));
  assert.equal(Account, caller.Account);
});

test("a page after the other", async () => {
  for (const name of ["p1", "p2", "p3", "p4", "p5"]) {
    await admin.send(new iam.CreateUserCommand({ UserName: name, Path: "/pages/" }));
  }
  const names = [];
  for await (const page of iam.paginateListUsers({ client: admin, pageSize: 2 }, { PathPrefix: "/pages/" })) {
    assert.ok(page.Users.length <= 2);
    names.push(...page.Users.map((user) => user.UserName));
  }
  assert.deepEqual(names, ["p1", "p2", "p3", "p4", "p5"]);
});

test("an error is the modelled exception", async () => {
  await assert.rejects(admin.send(new iam.GetUserCommand({ UserName: "nobody" })), (error) => {
    assert.ok(error instanceof iam.NoSuchEntityException);
    assert.equal(error.message, "The user with name nobody cannot be found.");
    return true;
  });
});

test("a role by temporary credentials that renew themselves", async () => {
  const { Account } = await sts().send(new GetCallerIdentityCommand({}));
  await admin.send(new iam.CreateUserCommand({ UserName: "deployer" }));
  const { AccessKey: key } = await admin.send(new iam.CreateAccessKeyCommand({ UserName: "deployer" }));
  const statement = (rest) => JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", ...rest } });
  const trust = statement({ Action: "sts:AssumeRole", Principal: { AWS: `arn:aws:iam::${Account}:user/deployer` } });
  await admin.send(new iam.CreateRoleCommand({ RoleName: "deploy", AssumeRolePolicyDocument: trust }));
  const PolicyDocument = statement({ Action: "iam:ListUsers", Resource: "*" });
  await admin.send(new iam.PutRolePolicyCommand({ RoleName: "deploy", PolicyName: "reads", PolicyDocument }));

  const deploy = fromTemporaryCredentials({
    masterCredentials: credentials(key),
    params: { RoleArn: `arn:aws:iam::${Account}:role/deploy`, RoleSessionName: "build" },
  });
  const caller = await sts(deploy).send(new GetCallerIdentityCommand({}));
  assert.equal(caller.Arn, `arn:aws:sts::${Account}:assumed-role/deploy/build`);
  const { Users } = await new iam.IAMClient({ credentials: deploy }).send(new iam.ListUsersCommand({}));
  assert.ok(Users.some((user) => user.UserName === "deployer"));
  await assert.rejects(sts(deploy).send(new GetSessionTokenCommand({})), { name: "AccessDenied" });
});
