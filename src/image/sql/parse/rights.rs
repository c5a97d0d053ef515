//! Roles and rights.

use super::{Parser, Read, Token};
use crate::image::sql::ast::{Grant, GrantedOn, RoleChange, Statement};

impl Parser<'_> {
    /// CREATE or ALTER USER or ROLE; the word `create` or `alter` is taken already.
    pub(super) fn role(&mut self, creates: bool) -> Read<Statement> {
        let is_user = self.is_word(0, "user");
        self.at += 1;
        let if_not_exists = self.words("if not exists");
        let _ = self.words("if exists");
        let mut change = RoleChange {
            roles: Vec::new(),
            creates,
            if_not_exists,
            login: (creates && is_user).then_some(true),
            superuser: None,
            create_database: None,
            create_role: None,
        };
        loop {
            let name = self.account()?.name;
            let password = if self.dialect.is_mysql() { self.identified()? } else { None };
            change.roles.push((name, password));
            if !self.sign(",") {
                break;
            }
        }
        let _ = self.word("with");
        while !self.is_end() {
            self.role_attribute(&mut change)?;
        }
        Ok(Statement::Role(change))
    }

    /// MySQL's `IDENTIFIED BY 'password'`.
    fn identified(&mut self) -> Read<Option<String>> {
        if !self.word("identified") {
            return Ok(None);
        }
        if self.word("via") || self.word("with") {
            self.name()?;
            let _ = self.word("using") || self.word("as");
            if self.word("by") {
                return self.string().map(Some);
            }
            while !self.is_end() && !self.at_sign(",") {
                self.at += 1;
            }
            return Ok(None);
        }
        self.expect("by")?;
        let _ = self.word("password");
        self.string().map(Some)
    }

    fn role_attribute(&mut self, change: &mut RoleChange) -> Read<()> {
        let word = self.peek_word(0).unwrap_or_default();
        let (is_on, plain) = word.strip_prefix("no").map_or((true, word.as_str()), |plain| (false, plain));
        match plain {
            "login" => change.login = Some(is_on),
            "superuser" => change.superuser = Some(is_on),
            "createdb" => change.create_database = Some(is_on),
            "createrole" => change.create_role = Some(is_on),
            "password" => {
                self.at += 1;
                let password = if self.word("null") { None } else { Some(self.string()?) };
                change.roles.iter_mut().for_each(|(_, given)| given.clone_from(&password));
                return Ok(());
            }
            "inherit" | "replication" | "bypassrls" | "encrypted" | "account" | "unlock" | "lock" | "default" => {}
            "valid" | "connection" | "in" | "require" => {
                self.at = self.tokens.len();
                return Ok(());
            }
            _ => return Err(self.near()),
        }
        self.at += 1;
        Ok(())
    }

    pub(super) fn grant(&mut self) -> Read<Statement> {
        let gives = self.is_word(0, "grant");
        self.at += 1;
        if !gives {
            let _ = self.words("grant option for");
        }
        let mut rights = Vec::new();
        while !self.is_end() && !self.is_word(0, "on") && !self.is_word(0, "to") && !self.is_word(0, "from") {
            match self.tokens.get(self.at).map(|placed| &placed.token) {
                Some(Token::Word(word)) if word != "privileges" => rights.push(word.clone()),
                _ => {}
            }
            self.at += 1;
        }
        let on = if self.word("on") { self.granted_on()? } else { GrantedOn::Other };
        if !(self.word("to") || self.word("from")) {
            return Err(self.near());
        }
        let mut roles = Vec::new();
        loop {
            roles.push(self.account()?.name);
            if self.dialect.is_mysql() {
                self.identified()?;
            }
            if !self.sign(",") {
                break;
            }
        }
        let _ = self.words("with grant option") || self.word("cascade");
        Ok(Statement::Grant(Grant { gives, rights, on, roles }))
    }

    fn granted_on(&mut self) -> Read<GrantedOn> {
        if self.sign("*") {
            if self.sign(".") {
                self.expect_sign("*")?;
                return Ok(GrantedOn::Everything);
            }
            return Ok(GrantedOn::AllTables(None));
        }
        if self.dialect.is_mysql() && self.is_sign(1, ".") && self.is_sign(2, "*") {
            let database = self.name()?;
            self.at += 2;
            return Ok(GrantedOn::AllTables(Some(database)));
        }
        if self.words("all tables in schema") {
            self.name()?;
            return Ok(GrantedOn::AllTables(None));
        }
        if self.word("schema") {
            return self.name().map(GrantedOn::Schema);
        }
        if self.word("database") {
            return self.name().map(GrantedOn::Database);
        }
        if self.is_word(0, "all") || self.is_word(0, "sequence") || self.is_word(0, "function") {
            while !self.is_end() && !self.is_word(0, "to") && !self.is_word(0, "from") {
                self.at += 1;
            }
            return Ok(GrantedOn::Other);
        }
        let _ = self.word("table");
        self.separated(Self::named).map(GrantedOn::Tables)
    }
}
