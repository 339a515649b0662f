//! Templates: the texts of a workspace from which mail is made.

use model::id::{TemplateId, WorkspaceId};
use model::template::Template;

use crate::customer::folded;
use crate::db::Db;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::Statement;

/// The guard of a name: no other template of the workspace is called so.
pub const NAME_IS_FREE: &str = "no other template has this name";
/// The guard of every change: decide again on a fresh reading.
pub const AS_IT_WAS: &str = "the template is as it was read";

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, workspace_id, name, subject, html, text, created_at, updated_at, updated_by, version FROM template ", $rest)
    };
}

/// A new template. Guards its transaction by [`NAME_IS_FREE`].
pub fn insert(template: &Template) -> Statement {
    const SQL: &str =
        "INSERT INTO template (id, workspace_id, name, name_folded, subject, html, text, created_at, updated_at, updated_by, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (workspace_id, name_folded) DO NOTHING";
    Statement::new(
        SQL,
        [
            template.id.into(),
            template.workspace.into(),
            (&template.name).into(),
            folded(&template.name).into(),
            (&template.subject).into(),
            template.html.as_ref().into(),
            template.text.as_ref().into(),
            template.created_at.into(),
            template.updated_at.into(),
            (&template.updated_by).into(),
            template.version.into(),
        ],
    )
    .expect_rows(1, NAME_IS_FREE)
}

/// The template as `new` says, which was read with its version. Guards its transaction by [`AS_IT_WAS`], then by [`NAME_IS_FREE`].
pub fn change(new: &Template) -> [Statement; 2] {
    const TOUCH: &str = "UPDATE template SET version = version + 1, updated_at = $4, updated_by = $5
        WHERE id = $1 AND workspace_id = $2 AND version = $3";
    const SET: &str = "UPDATE template SET name = $3, name_folded = $4, subject = $5, html = $6, text = $7
        WHERE id = $1 AND NOT EXISTS
            (SELECT 1 FROM template AS other WHERE other.workspace_id = $2 AND other.name_folded = $4 AND other.id <> $1)";
    let (id, workspace) = (new.id, new.workspace);
    let touch = [id.into(), workspace.into(), new.version.into(), new.updated_at.into(), (&new.updated_by).into()];
    let set = [
        id.into(),
        workspace.into(),
        (&new.name).into(),
        folded(&new.name).into(),
        (&new.subject).into(),
        new.html.as_ref().into(),
        new.text.as_ref().into(),
    ];
    [Statement::new(TOUCH, touch).expect_rows(1, AS_IT_WAS), Statement::new(SET, set).expect_rows(1, NAME_IS_FREE)]
}

/// It is gone, if it is as it was read. Mail that was made from it stays. Guards its transaction by [`AS_IT_WAS`].
pub fn remove(template: &Template) -> Statement {
    const SQL: &str = "DELETE FROM template WHERE id = $1 AND workspace_id = $2 AND version = $3";
    Statement::new(SQL, [template.id.into(), template.workspace.into(), template.version.into()]).expect_rows(1, AS_IT_WAS)
}

/// One template.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, workspace: WorkspaceId, template: TemplateId) -> Result<Option<Template>, StoreError> {
    const SQL: &str = select!("WHERE id = $1 AND workspace_id = $2");
    db.query_first(SQL, [template.into(), workspace.into()]).await?.map(template_of).transpose()
}

/// The templates of a workspace behind `after` (a name as [`name_key`] gives it), by name.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db, workspace: WorkspaceId, after: &str, limit: u32) -> Result<Vec<Template>, StoreError> {
    const SQL: &str = select!("WHERE workspace_id = $1 AND name_folded > $2 ORDER BY name_folded LIMIT $3");
    db.query(SQL, [workspace.into(), after.into(), limit.into()]).await?.into_iter().map(template_of).collect()
}

/// What a name is sorted by: the cursor of [`list`].
pub fn name_key(name: &str) -> String {
    folded(name)
}

fn template_of(mut row: Row) -> Result<Template, StoreError> {
    Ok(Template {
        id: row.read()?,
        workspace: row.read()?,
        name: row.read()?,
        subject: row.read()?,
        html: row.read()?,
        text: row.read()?,
        created_at: row.read()?,
        updated_at: row.read()?,
        updated_by: row.read()?,
        version: row.read()?,
    })
}
