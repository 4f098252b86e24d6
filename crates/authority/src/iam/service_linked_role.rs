//! Service-linked roles: those that a service of AWS works with. No such service runs here, so nobody assumes them; they are
//! for programs that make sure that they are there. The ordinary operations leave them alone.

use keystead_store::{NewRole, Reader, RoleRecord, Tx};
use keystead_types::{AccountId, Path, Principal, RoleName, UniqueId, UniqueIdKind, limits};
use keystead_verifier::Allowed;
use keystead_wire::{
    ApiError,
    iam::{
        CreateServiceLinkedRole, CreateServiceLinkedRoleRequest, CreateServiceLinkedRoleResponse,
        DeleteServiceLinkedRole, DeleteServiceLinkedRoleRequest, DeleteServiceLinkedRoleResponse,
        GetServiceLinkedRoleDeletionStatus, GetServiceLinkedRoleDeletionStatusRequest,
        GetServiceLinkedRoleDeletionStatusResponse,
    },
};

use super::{
    name::{parse_name, parse_path},
    role::{delete, described, find_role, insert, shape},
    trust_policy,
};
use crate::{
    operation::{Change, Implemented, Read, Refusal, Scene},
    permission::Target,
};

/// Where all of them are.
const PATH: &str = "/aws-service-role/";

/// A service that has such roles. Source: the services' own documentation.
struct Linked {
    service: &'static str,
    /// What follows `AWSServiceRoleFor`.
    name: &'static str,
    /// Whether there may be several, told apart by a suffix.
    has_suffixes: bool,
}

macro_rules! services {
    ($($service:literal $name:literal $(with $suffixes:ident)?;)*) => {
        /// Without `.amazonaws.com`.
        const SERVICES: &[Linked] = &[$(Linked {
            service: $service,
            name: $name,
            has_suffixes: services!(@ $($suffixes)?),
        },)*];
    };
    (@ suffixes) => { true };
    (@) => { false };
}

services! {
    "access-analyzer" "AccessAnalyzer";
    "appmesh" "AppMesh";
    "autoscaling" "AutoScaling" with suffixes;
    "batch" "Batch";
    "cloudtrail" "CloudTrail";
    "config" "Config";
    "connect" "AmazonConnect" with suffixes;
    "dynamodb.application-autoscaling" "ApplicationAutoScaling_DynamoDBTable";
    "ec2.application-autoscaling" "ApplicationAutoScaling_EC2SpotFleetRequest";
    "ecs" "ECS";
    "ecs.application-autoscaling" "ApplicationAutoScaling_ECSService";
    "eks" "AmazonEKS";
    "eks-fargate" "AmazonEKSForFargate";
    "eks-nodegroup" "AmazonEKSNodegroup";
    "elasticache" "ElastiCache";
    "elasticbeanstalk" "ElasticBeanstalk";
    "elasticfilesystem" "AmazonElasticFileSystem";
    "elasticloadbalancing" "ElasticLoadBalancing";
    "elasticmapreduce" "EMRCleanup";
    "es" "AmazonElasticsearchService";
    "guardduty" "AmazonGuardDuty";
    "inspector2" "AmazonInspector2";
    "kafka" "Kafka";
    "lambda.application-autoscaling" "ApplicationAutoScaling_LambdaConcurrency";
    "lexv2" "LexV2Bots" with suffixes;
    "macie" "AmazonMacie";
    "opensearchservice" "AmazonOpenSearchService";
    "ops.apigateway" "APIGateway";
    "organizations" "Organizations";
    "rds" "RDS";
    "rds.application-autoscaling" "ApplicationAutoScaling_RDSCluster";
    "redshift" "Redshift";
    "replication.dynamodb" "DynamoDBReplication";
    "securityhub" "SecurityHub";
    "spot" "EC2Spot";
    "spotfleet" "EC2SpotFleet";
    "ssm" "AmazonSSM";
    "sso" "SSO";
    "support" "Support";
    "transitgateway" "VPCTransitGateway";
    "trustedadvisor" "TrustedAdvisor";
    "wafv2" "WAFV2Logging";
}

impl Implemented for CreateServiceLinkedRole {
    type Object = (RoleName, Path);

    fn find(
        _: &Reader<'_>,
        input: &CreateServiceLinkedRoleRequest,
        caller: &Principal,
    ) -> Result<(Target, (RoleName, Path)), Refusal> {
        let service = input.aws_service_name.as_str();
        let known = service.strip_suffix(".amazonaws.com").and_then(linked);
        let linked = known.ok_or_else(|| ApiError::service_without_linked_role(service))?;
        let name = match &input.custom_suffix {
            None => format!("AWSServiceRoleFor{}", linked.name),
            Some(suffix) if linked.has_suffixes => format!("AWSServiceRoleFor{}_{suffix}", linked.name),
            Some(_) => return Err(ApiError::custom_suffix_not_allowed(service).into()),
        };
        let name: RoleName = parse_name(&name, "customSuffix")?;
        let path: Path = parse_path(&format!("{PATH}{service}/"), "awsServiceName")?;
        let target =
            Target::made(caller.account, "role", &path, name.as_str()).with_aws_service_name(service);
        Ok((target, (name, path)))
    }
}

impl Change for CreateServiceLinkedRole {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        (name, path): (RoleName, Path),
        input: &CreateServiceLinkedRoleRequest,
        scene: &Scene,
    ) -> Result<CreateServiceLinkedRoleResponse, Refusal> {
        let account = scene.caller.account;
        let document = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Action":["sts:AssumeRole"],"Effect":"Allow","Principal":{{"Service":["{}"]}}}}]}}"#,
            input.aws_service_name
        );
        let role = NewRole {
            account,
            id: UniqueId::generate(UniqueIdKind::Role, account, &*scene.random),
            name,
            path,
            description: described(input.description.as_deref()),
            trust_policy: trust_policy::read(tx, &document)?,
            session_seconds_max: limits::ROLE_SESSION_SECONDS_MAX_MIN,
            created_at: scene.context.now,
        };
        let taken = |name: &RoleName| ApiError::service_role_name_taken(name.as_str());
        let role = insert(tx, role, scene, taken)?;
        Ok(CreateServiceLinkedRoleResponse {
            role: Some(shape(tx, &role)?),
        })
    }
}

impl Implemented for DeleteServiceLinkedRole {
    type Object = Option<RoleRecord>;

    fn find(
        reader: &Reader<'_>,
        input: &DeleteServiceLinkedRoleRequest,
        caller: &Principal,
    ) -> Result<(Target, Self::Object), Refusal> {
        find_role(reader, &input.role_name, caller)
    }
}

impl Change for DeleteServiceLinkedRole {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        role: Option<RoleRecord>,
        input: &DeleteServiceLinkedRoleRequest,
        _: &Scene,
    ) -> Result<DeleteServiceLinkedRoleResponse, Refusal> {
        let role = role.filter(|role| is_protected(&role.path));
        let role = role.ok_or_else(|| ApiError::no_such_role(&input.role_name))?;
        // No service can still need it: it goes at once, and the task is done before anybody asks for it.
        delete(tx, &role)?;
        let task = Task {
            path: role.path,
            name: role.name,
            role: role.id,
        };
        Ok(DeleteServiceLinkedRoleResponse {
            deletion_task_id: task.id(),
        })
    }
}

impl Implemented for GetServiceLinkedRoleDeletionStatus {
    type Object = Task;

    fn find(
        _: &Reader<'_>,
        input: &GetServiceLinkedRoleDeletionStatusRequest,
        caller: &Principal,
    ) -> Result<(Target, Task), Refusal> {
        let id = &input.deletion_task_id;
        let task = Task::of(id, caller.account).ok_or_else(|| ApiError::deletion_task_unfit(id))?;
        let target = Target::named(caller.account, "role", Some(&task.path), task.name.as_str());
        Ok((target, task))
    }
}

impl Read for GetServiceLinkedRoleDeletionStatus {
    fn read(
        reader: &Reader<'_>,
        task: Task,
        input: &GetServiceLinkedRoleDeletionStatusRequest,
        _: &Scene,
    ) -> Result<GetServiceLinkedRoleDeletionStatusResponse, Refusal> {
        if !reader.is_retired(task.role.as_str())? {
            return Err(ApiError::no_such_deletion_task(&input.deletion_task_id).into());
        }
        Ok(GetServiceLinkedRoleDeletionStatusResponse {
            status: "SUCCEEDED".to_owned(),
            reason: None,
        })
    }
}

/// A deletion. Its id has the unique id of the role, by which it is known that it was done; AWS has a UUID there.
pub(crate) struct Task {
    path: Path,
    name: RoleName,
    role: UniqueId,
}

impl Task {
    fn id(&self) -> String {
        format!("task{}{}/{}", self.path, self.name, self.role)
    }

    fn of(id: &str, account: AccountId) -> Option<Self> {
        let (role, id) = id.strip_prefix("task")?.rsplit_once('/')?;
        let (path, name) = role.split_at(role.rfind('/')? + 1);
        let task = Self {
            path: path.parse().ok()?,
            name: name.parse().ok()?,
            role: id.parse().ok()?,
        };
        let is_role = task.role.kind() == UniqueIdKind::Role && task.role.embedded_account() == Some(account);
        (is_role && is_protected(&task.path)).then_some(task)
    }
}

/// Whether a role at this path is a service's.
pub(super) fn is_protected(path: &Path) -> bool {
    path.as_str().starts_with(PATH)
}

fn linked(service: &str) -> Option<&'static Linked> {
    SERVICES.iter().find(|linked| linked.service == service)
}
