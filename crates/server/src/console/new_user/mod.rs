//! Creating a user: what it is called, whether it signs in to the console, and what it may do.

mod choices;
mod file;
mod password;
mod steps;

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::StatusCode;
use keystead_authority::PasswordRules;
use keystead_wire::{Sensitive, iam};

use super::{
    Shared, account,
    fields::{Fields, Form},
    frame::{Frame, Section},
    origin::Origin,
    page::{Answer, Page, page, refused_page, see},
    path,
    problem::Problem,
    visitor::Visitor,
};
use crate::api::Refused;
use choices::Choices;
use password::Wanted;
use steps::Step;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/console/create-user", get(ask).post(create))
        .route("/console/user-credentials-file", post(file::file))
}

/// What was typed; passwords are not shown again.
struct Typed {
    name: String,
    path: String,
    has_console: bool,
    is_generated: bool,
    must_change: bool,
    /// Names of groups to join.
    groups: Vec<String>,
    /// ARNs of policies to attach.
    policies: Vec<String>,
}

impl Typed {
    fn of(form: &Fields) -> Self {
        // Names and ARNs may have commas, but no spaces.
        let all = |name: &str, further: &str| {
            let typed = form.text(further).split_whitespace();
            let mut values: Vec<String> = form.all(name).chain(typed).map(str::to_owned).collect();
            values.sort_unstable();
            values.dedup();
            values
        };
        Self {
            name: form.text("name").trim().to_owned(),
            path: form.text("path").trim().to_owned(),
            has_console: form.is_checked("console"),
            is_generated: form.text("password-kind") != "custom",
            must_change: form.is_checked("must-change"),
            groups: all("group", "further-groups"),
            policies: all("policy", "further-policies"),
        }
    }

    fn proposed() -> Self {
        Self {
            name: String::new(),
            path: String::new(),
            has_console: false,
            is_generated: true,
            must_change: true,
            groups: Vec::new(),
            policies: Vec::new(),
        }
    }
}

#[derive(Template)]
#[template(path = "new_user/form.html")]
struct FormPage {
    frame: Frame,
    typed: Typed,
    groups: Result<Choices, Refused>,
    policies: Result<Choices, Refused>,
    /// Which passwords the user may have.
    rules: PasswordRules,
    wrong: Option<&'static str>,
    refused: Option<Refused>,
}

impl FormPage {
    async fn load(visitor: &Visitor, typed: Typed) -> Result<Self, Problem> {
        Ok(Self {
            frame: visitor.frame(Section::Users, "Create user"),
            groups: Choices::groups(visitor, &typed.groups).await,
            policies: Choices::policies(visitor, &typed.policies).await,
            typed,
            rules: visitor.password_rules().await?,
            wrong: None,
            refused: None,
        })
    }
}

/// What was done, with the password, the only time.
#[derive(Template)]
#[template(path = "new_user/created.html")]
struct CreatedPage {
    frame: Frame,
    name: String,
    steps: Vec<Step>,
    /// The password, if it was set.
    password: Option<Sensitive<String>>,
    must_change: bool,
    sign_in_url: String,
}

impl CreatedPage {
    fn is_complete(&self) -> bool {
        self.steps.iter().all(|step| step.refused.is_none())
    }

    fn path(&self) -> String {
        path::user(&self.name)
    }
}

/// `/console/create-user`
async fn ask(visitor: Visitor) -> Answer {
    page(FormPage::load(&visitor, Typed::proposed()).await?)
}

/// Creates the user, and then gives it what was chosen. What is refused then leaves the rest as it is, and is said.
async fn create(visitor: Visitor, origin: Origin, form: Form) -> Result<Response, Problem> {
    let typed = Typed::of(&form);
    let wanted = match Wanted::of(&form) {
        Ok(wanted) => wanted,
        Err(wrong) => {
            let mut again = FormPage::load(&visitor, typed).await?;
            again.wrong = Some(wrong);
            return refused_page(StatusCode::BAD_REQUEST, again);
        }
    };
    // Looked at before there is a user, who would be there without a password.
    let rules = visitor.password_rules().await?;
    if wanted
        .typed()
        .is_some_and(|typed_password| !rules.fit(typed_password, &typed.name))
    {
        let mut again = FormPage::load(&visitor, typed).await?;
        again.wrong = Some("The password does not fit the account's password policy, which is said below.");
        return refused_page(StatusCode::BAD_REQUEST, again);
    }
    let created = visitor
        .perform::<iam::CreateUser>(iam::CreateUserRequest {
            user_name: typed.name.clone(),
            path: Some(typed.path.clone()).filter(|path| !path.is_empty()),
            ..Default::default()
        })
        .await;
    if let Err(refused) = created {
        let status = refused.status();
        let mut again = FormPage::load(&visitor, typed).await?;
        again.refused = Some(refused);
        return refused_page(status, again);
    }
    let mut steps = vec![Step::done(format!("User {} created", typed.name))];
    let password = wanted.password(&visitor).await;
    let is_set = match &password {
        None => false,
        Some(password) => steps::set_password(&visitor, &typed, password, &mut steps).await,
    };
    steps::join_groups(&visitor, &typed, &mut steps).await;
    steps::attach_policies(&visitor, &typed, &mut steps).await;
    let alias = match is_set {
        true => account::alias(&visitor).await,
        false => Ok(None),
    };
    let created = CreatedPage {
        frame: visitor.frame(Section::Users, "User created"),
        password: password.filter(|_| is_set),
        must_change: typed.must_change,
        sign_in_url: account::sign_in_url(&visitor, &origin, &alias),
        name: typed.name,
        steps,
    };
    match created.password.is_none() && created.is_complete() {
        true => see(&format!("{}?done=user-created", created.path())),
        false => Ok(Page(created).into_response()),
    }
}
