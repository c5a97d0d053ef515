//! `mysqldump`, `mariadb-dump`: databases as SQL that makes them again.

use super::Product;
use super::client::connect;
use super::tools::{arguments, program, target};
use crate::image::programs::clock::Date;
use crate::image::sql::{self, Database, Dialect, Value};
use crate::kernel::{ExitCode, Process};
use std::rc::Rc;
use std::time::Duration;

/// From its start to its end, for a small database.
const SPAN: Duration = Duration::from_millis(75);

/// The program.
pub async fn run(process: Process, product: Rc<Product>) -> ExitCode {
    let (arguments, password) = arguments(&process);
    process.sleep(SPAN).await;
    let name = program(&process);
    let mut target = target(&process, &arguments, password.as_deref(), &product);
    let takes_all = arguments.has(&["A", "all-databases"]);
    let takes_several = arguments.has(&["B", "databases"]);
    if !takes_all && arguments.operands.is_empty() {
        let usage = format!(
            "Usage: {name} [OPTIONS] database [tables]\nOR     {name} [OPTIONS] --databases DB1 [DB2 DB3...]\nOR     {name} [OPTIONS] --all-databases\nFor more options, use {name} --help\n"
        );
        process.print(usage).await;
        return ExitCode::FAILURE;
    }
    if !takes_all && !takes_several {
        target.database.clone_from(&arguments.operands[0]);
    }
    let session = match connect(&process, &target).await {
        Ok(session) => session,
        Err(refusal) => {
            let (number, text) = refusal.parts();
            if number == "1049" && matches!(*product, Product::MariaDb(_)) {
                let names = [target.database.clone()];
                process
                    .print(
                        head(&product, target.host.as_deref().unwrap_or("localhost"), &names).trim_end().to_string()
                            + "\n",
                    )
                    .await;
            }
            let when = if number == "1049" { "when selecting the database" } else { "when trying to connect" };
            process.complain(format!("{name}: Got error: {number}: \"{text}\" {when}\n")).await;
            return ExitCode(2);
        }
    };
    let cluster = session.cluster().await.unwrap_or_default();
    let names: Vec<String> = match (takes_all, takes_several) {
        (true, _) => cluster.databases.keys().filter(|name| !super::SYSTEM.contains(&name.as_str())).cloned().collect(),
        (_, true) => arguments.operands.clone(),
        _ => arguments.operands[..1].to_vec(),
    };
    let only: &[String] = if takes_all || takes_several { &[] } else { &arguments.operands[1..] };
    process.print(head(&product, target.host.as_deref().unwrap_or("localhost"), &names)).await;
    for name in &names {
        let Some(database) = cluster.databases.get(name) else { continue };
        if let Some(missing) = only.iter().find(|table| !database.tables.contains_key(*table)) {
            process.complain(format!("{name}: Couldn't find table: \"{missing}\"\n")).await;
            return ExitCode(6);
        }
        if takes_all || takes_several {
            process.print(format!("--\n-- Current Database: `{name}`\n--\n\nCREATE DATABASE /*!32312 IF NOT EXISTS*/ `{name}` /*!40100 DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci */;\n\nUSE `{name}`;\n\n")).await;
        }
        let parts = (!arguments.has(&["t", "no-create-info"]), !arguments.has(&["d", "no-data"]));
        let text = tables(database, only, parts);
        // The last table's lines are followed by the end's at once.
        let is_last = names.last() == Some(name);
        process.print(if is_last { text.trim_end().to_string() + "\n" } else { text }).await;
    }
    process.print(format!("{TAIL}\n-- Dump completed on {}\n", Date::now(&process).mariadb())).await;
    ExitCode::SUCCESS
}

fn head(product: &Product, host: &str, names: &[String]) -> String {
    let sandbox =
        if matches!(product, Product::MariaDb(_)) { "/*M!999999\\- enable the sandbox mode */ \n" } else { "" };
    let (tool, number) = match product {
        Product::MariaDb(number) => (
            format!("-- MariaDB dump 10.19  Distrib {number}-MariaDB, for debian-linux-gnu (x86_64)"),
            product.version(),
        ),
        Product::MySql(number) => {
            (format!("-- MySQL dump 10.13  Distrib {number}, for Linux (x86_64)"), number.clone())
        }
    };
    let database = names.first().map_or("", String::as_str);
    format!(
        "{sandbox}{tool}\n--\n-- Host: {host}    Database: {database}\n-- ------------------------------------------------------\n-- Server version\t{number}\n\n{SETTINGS}\n"
    )
}

const SETTINGS: &str = "/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS */;
/*!40101 SET @OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION */;
/*!40101 SET NAMES utf8mb4 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;
";

const TAIL: &str = "/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;

/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
/*!40101 SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS */;
/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;
";

fn tables(database: &Database, only: &[String], (schema, data): (bool, bool)) -> String {
    let mut text = String::new();
    for (name, table) in database.tables.iter().filter(|(name, _)| only.is_empty() || only.contains(name)) {
        if schema {
            let create = sql::create_table_text(name, table);
            text.push_str(&format!(
                "--\n-- Table structure for table `{name}`\n--\n\nDROP TABLE IF EXISTS `{name}`;\n/*!40101 SET @saved_cs_client     = @@character_set_client */;\n/*!40101 SET character_set_client = utf8mb4 */;\n{create};\n/*!40101 SET character_set_client = @saved_cs_client */;\n\n"
            ));
        }
        if data {
            text.push_str(&format!("--\n-- Dumping data for table `{name}`\n--\n\nLOCK TABLES `{name}` WRITE;\n/*!40000 ALTER TABLE `{name}` DISABLE KEYS */;\n"));
            if !table.rows.is_empty() {
                let row = |row: &Rc<Vec<Value>>| format!("({})", row.iter().map(literal).collect::<Vec<_>>().join(","));
                let rows: Vec<String> = table.rows_in_order(Dialect::MySql).iter().map(row).collect();
                text.push_str(&format!("INSERT INTO `{name}` VALUES\n{};\n", rows.join(",\n")));
            }
            text.push_str(&format!("/*!40000 ALTER TABLE `{name}` ENABLE KEYS */;\nUNLOCK TABLES;\n\n"));
        }
    }
    text
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_string(),
        Value::Boolean(_) | Value::Integer(_) | Value::Numeric(_) | Value::Double(_) => value.shown(Dialect::MySql),
        value => {
            format!("'{}'", value.shown(Dialect::MySql).replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n"))
        }
    }
}
